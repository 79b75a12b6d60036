// Figures over swept parameters: lines over one, heat maps over two, a heat map for each combination of the others.
'use strict';
(() => {
  // After cividis (Nunez and others, 2018): rising in lightness, the same to colour-blind readers.
  const stops = [[0, 32, 77], [49, 68, 107], [102, 105, 112], [149, 143, 120], [203, 186, 105], [255, 234, 70]];
  const shade = (share) => {
    const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2), rest = at - low;
    return stops[low].map((c, n) => Math.round(c + (stops[low + 1][n] - c) * rest));
  };
  const ink = ([r, g, b]) => (r * 0.299 + g * 0.587 + b * 0.114 > 130 ? '#111111' : '#ffffff');
  const shortKey = (key, keys) => {
    const last = key.slice(key.lastIndexOf('.') + 1);
    return keys.filter((k) => k.slice(k.lastIndexOf('.') + 1) === last).length === 1 ? last : key;
  };
  const valuesOf = (runs, key) => [...new Set(runs.map((r) => r.swept[key]))].sort((a, b) => {
    const x = report.units.quantity(a), y = report.units.quantity(b);
    return x !== undefined && y !== undefined ? x - y : String(a).localeCompare(String(b), 'en', {numeric: true});
  });
  const median = (values) => (values.length ? report.percentiles(values).p50 : null);

  // points: for each x, {low, mid, high} or null.
  function lines(xs, points, unit, axis, width) {
    const height = 168, left = 70, right = 12, top = 10, bottom = 36;
    const known = points.filter(Boolean);
    const high = Math.max(...known.map((p) => p.high), 0), low = Math.min(0, ...known.map((p) => p.low));
    const ticks = report.ticks(low, high || 1, 4, unit), up = Math.max(high, ticks[ticks.length - 1]) || 1;
    const x = (n) => left + (xs.length === 1 ? 0.5 : n / (xs.length - 1)) * (width - left - right - 20) + 10;
    const y = (v) => top + (1 - (v - low) / (up - low)) * (height - top - bottom);
    const every = Math.ceil(xs.length * 46 / (width - left - right));
    const spots = points.map((p, n) => p && [n, p]).filter(Boolean);
    return report.svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `over ${axis}`},
      ticks.map((v) => [report.svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(v), y2: y(v)}),
        report.svg('text', {class: 'small muted', x: left - 8, y: y(v) + 4, 'text-anchor': 'end'}, report.tickText(v, unit, 1))]),
      xs.map((value, n) => n % every === 0 && report.svg('text', {class: 'small muted', x: x(n), y: height - bottom + 16, 'text-anchor': 'middle'}, String(value))),
      report.svg('text', {class: 'small muted', x: (left + width - right) / 2, y: height - 4, 'text-anchor': 'middle'}, axis),
      spots.map(([n, p]) => p.high > p.low && report.svg('line', {x1: x(n), x2: x(n), y1: y(p.low), y2: y(p.high), style: {stroke: 'var(--series-5)', strokeWidth: '5', strokeOpacity: '0.6'}})),
      report.svg('polyline', {points: spots.map(([n, p]) => `${x(n)},${y(p.mid)}`).join(' '), style: {fill: 'none', stroke: 'var(--series-1)', strokeWidth: '1.8'}}),
      spots.map(([n, p]) => report.svg('circle', {cx: x(n), cy: y(p.mid), r: 3.5, style: {fill: 'var(--series-1)'}},
        report.svg('title', {}, `${xs[n]}: ${report.units.text(p.mid, unit)} (${report.units.exact(p.mid, unit)})`))));
  }

  // cells[row][column]: {value, failed} or null.
  function heat(xs, ys, cells, unit, axes, width, range) {
    const left = Math.min(120, 26 + Math.max(...ys.map((v) => String(v).length)) * 7), top = 4, bottom = 38, right = 2;
    const wide = (width - left - right) / xs.length, tall = 30, height = top + tall * ys.length + bottom;
    const every = Math.ceil(Math.max(...xs.map((v) => String(v).length)) * 7 / wide);
    const span = range[1] - range[0];
    return report.svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `heat map over ${axes.join(' and ')}`},
      cells.map((row, r) => row.map((cell, c) => {
        const x = left + c * wide, y = top + r * tall;
        if (!cell || cell.value === null) return report.svg('rect', {x: x + 0.5, y: y + 0.5, width: wide - 1, height: tall - 1, style: {fill: 'var(--raised)'}});
        const colour = shade(span > 0 ? (cell.value - range[0]) / span : 0.5), label = report.units.text(cell.value, unit);
        return [report.svg('rect', {x: x + 0.5, y: y + 0.5, width: wide - 1, height: tall - 1, style: {fill: `rgb(${colour})`}},
          report.svg('title', {}, `${axes[0]} ${xs[c]}, ${axes[1]} ${ys[r]}: ${label} (${report.units.exact(cell.value, unit)})${cell.failed ? `, ${cell.failed} failed` : ''}`)),
        wide > label.length * 6.6 + 4 && report.svg('text', {class: 'small', x: x + wide / 2, y: y + tall / 2 + 4, 'text-anchor': 'middle', style: {fill: ink(colour)}}, label),
        cell.failed > 0 && report.svg('rect', {x: x + 2, y: y + 2, width: wide - 4, height: tall - 4, style: {fill: 'none', stroke: '#d55e00', strokeWidth: '2.5'}})];
      })),
      ys.map((value, r) => report.svg('text', {class: 'small muted', x: left - 8, y: top + r * tall + tall / 2 + 4, 'text-anchor': 'end'}, String(value))),
      xs.map((value, c) => c % every === 0 && report.svg('text', {class: 'small muted', x: left + (c + 0.5) * wide, y: height - bottom + 16, 'text-anchor': 'middle'}, String(value))),
      report.svg('text', {class: 'small muted', x: left + (width - left) / 2, y: height - 4, 'text-anchor': 'middle'}, `${axes[0]} \u2192   (down: ${axes[1]})`));
  }

  const scaleKey = (range, unit) => report.element('div', {class: 'scale'}, report.units.text(range[0], unit),
    report.element('i', {style: {background: `linear-gradient(to right, ${stops.map((c) => `rgb(${c})`).join(', ')})`}}),
    report.units.text(range[1], unit));

  // runs: all of one scenario, with `swept`; figures: [{name, unit, of(run)}].
  report.sweep = (runs, figures) => {
    const keys = [...new Set(runs.flatMap((r) => Object.keys(r.swept)))];
    const varied = keys.filter((key) => valuesOf(runs, key).length > 1);
    if (!varied.length) return null;
    const short = (key) => shortKey(key, keys);
    const shown = figures.filter((f) => runs.some((r) => typeof f.of(r) === 'number'));
    if (varied.length === 1) {
      const [key] = varied, xs = valuesOf(runs, key);
      return report.element('div', {class: 'multiples'}, shown.map((figure) => {
        const points = xs.map((x) => {
          const values = runs.filter((r) => r.swept[key] === x).map(figure.of).filter((v) => typeof v === 'number');
          return values.length ? {low: Math.min(...values), mid: median(values), high: Math.max(...values)} : null;
        });
        return report.element('div', {}, report.element('h3', {}, figure.name),
          report.drawing((width) => lines(xs, points, figure.unit, short(key), width)));
      }));
    }
    // The key with most values runs across.
    const byCount = varied.slice().sort((a, b) => valuesOf(runs, b).length - valuesOf(runs, a).length);
    const [across, down, ...others] = byCount;
    const facets = [...new Set(runs.map((r) => others.map((k) => `${short(k)} ${r.swept[k]}`).join(', ')))];
    const xs = valuesOf(runs, across), ys = valuesOf(runs, down);
    const map = (figure, facet) => {
      const mine = runs.filter((r) => others.map((k) => `${short(k)} ${r.swept[k]}`).join(', ') === facet);
      const cells = ys.map((y) => xs.map((x) => {
        const here = mine.filter((r) => r.swept[across] === x && r.swept[down] === y);
        const values = here.map(figure.of).filter((v) => typeof v === 'number');
        return here.length ? {value: median(values), failed: here.filter((r) => r.verdict !== 'passed').length} : null;
      }));
      const all = runs.map(figure.of).filter((v) => typeof v === 'number');
      const range = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
      return report.element('div', {}, report.element('h3', {}, facet ? `${figure.name}, ${facet}` : figure.name),
        range[1] > range[0] && scaleKey(range, figure.unit), report.drawing((width) => heat(xs, ys, cells, figure.unit, [short(across), short(down)], width, range)));
    };
    const failed = runs.some((r) => r.verdict !== 'passed') && report.element('p', {class: 'note'}, 'Framed: runs of that point failed.');
    if (facets.length === 1) return [report.element('div', {class: 'multiples'}, shown.map((f) => map(f, facets[0]))), failed];
    const box = report.element('div', {class: 'multiples'});
    const show = (figure) => box.replaceChildren(...facets.map((facet) => map(figure, facet)));
    const select = report.element('select', {'aria-label': 'Figure', onchange: () => show(shown[select.selectedIndex])},
      shown.map((f) => report.element('option', {}, f.name)));
    show(shown[0]);
    return [report.element('p', {}, select), box, failed];
  };
})();
