// How the values of many runs or migrations spread: a histogram with percentiles.
'use strict';
(() => {
  // By the nearest rank, as everywhere in dwcp. Precondition: sorted, not empty.
  const rank = (sorted, share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  report.rank = rank;
  report.percentiles = (values) => {
    const sorted = values.slice().sort((a, b) => a - b);
    return {count: sorted.length, min: sorted[0], p50: rank(sorted, 0.5), p90: rank(sorted, 0.9), p99: rank(sorted, 0.99), max: sorted[sorted.length - 1]};
  };

  function histogram(values, unit, p, width) {
    const height = 120, left = 4, right = 10, top = 16, bottom = 22;
    const bins = Math.min(40, Math.max(8, Math.ceil(Math.sqrt(values.length) * 1.6)));
    const low = p.min, span = p.max - p.min || 1, counts = new Array(bins).fill(0);
    for (const v of values) ++counts[Math.min(bins - 1, Math.floor((v - low) / span * bins))];
    const most = Math.max(...counts), room = width - left - right;
    const x = (v) => left + (v - low) / span * room, tall = height - top - bottom;
    const bars = counts.map((n, at) => n > 0 && report.svg('rect', {x: left + at * room / bins + 0.5, width: Math.max(1, room / bins - 1),
      y: top + tall * (1 - n / most), height: tall * n / most, style: {fill: 'var(--series-1)'}},
    report.svg('title', {}, `${report.units.text(low + span * at / bins, unit)} to ${report.units.text(low + span * (at + 1) / bins, unit)}: ${n}`)));
    let free = -Infinity;
    const lines = [['p50', p.p50], ['p90', p.p90], ['p99', p.p99]].map(([name, v]) => {
      const at = Math.min(Math.max(x(v), 14), width - 14), fits = at - free > 28;
      if (fits) free = at;
      return [report.svg('line', {x1: x(v), x2: x(v), y1: top, y2: height - bottom, style: {stroke: 'var(--series-6)', strokeDasharray: '3 2'}}),
        fits && report.svg('text', {x: at, y: 11, 'text-anchor': 'middle', class: 'small muted'}, name)];
    });
    const ticks = report.ticks(low, p.max, Math.max(2, Math.floor(width / 75)), unit).map((v) => {
      const label = report.tickText(v, unit, p.max), half = label.length * 3.4;
      if (x(v) - half < 0 || x(v) + half > width) return null;
      return [report.svg('line', {class: 'axis', x1: x(v), x2: x(v), y1: height - bottom, y2: height - bottom + 4}),
        report.svg('text', {class: 'small muted', x: x(v), y: height - 6, 'text-anchor': 'middle'}, label)];
    });
    return report.svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `histogram of ${values.length} values`},
      bars, report.svg('line', {class: 'axis', x1: 0, x2: width, y1: height - bottom, y2: height - bottom}), lines, ticks);
  }

  // Nothing where fewer than `least` values are known.
  report.distribution = (title, unit, values, least = 5) => {
    const known = values.filter((v) => typeof v === 'number' && isFinite(v));
    if (known.length < least) return null;
    const p = report.percentiles(known);
    const figures = report.element('div', {class: 'percentiles'}, [['p50', p.p50], ['p90', p.p90], ['p99', p.p99], ['most', p.max]].map(([name, v]) =>
      report.element('span', {}, `${name} `, report.element('b', {}, report.figure(v, unit)))));
    return report.element('div', {}, report.element('h3', {}, title),
      p.min === p.max ? report.element('p', {class: 'muted'}, `always ${report.units.text(p.min, unit)}`)
        : [report.drawing((width) => histogram(known, unit, p, width)), figures]);
  };
})();
