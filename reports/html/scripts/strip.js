// The values of two sides above one another: a box with the quarters, a mark for each value, and a line for each pair.
'use strict';
(() => {
  const marksMax = 200;  // of a side; beyond, the box alone
  const pairsMax = 60;

  const mark = (side, x, y, text) => report.svg('path', {
    d: side.name === 'A' ? `M${x - 3.5},${y}a3.5,3.5 0 1,0 7,0a3.5,3.5 0 1,0 -7,0` : `M${x},${y - 4.5}l4.5,4.5l-4.5,4.5l-4.5,-4.5z`,
    style: {fill: `var(--${side.look.name})`, fillOpacity: '0.75', stroke: 'var(--ground)', strokeWidth: '0.8'}}, report.svg('title', {}, text));

  // sides: [{name, look, values: [[seed, value]], median}]; paired: values with one seed belong together.
  report.strip = (sides, unit, paired, width) => {
    const left = 22, right = 12, row = 46, height = 2 * row + 26;
    const all = sides.flatMap((s) => s.values.map(([, v]) => v));
    const low = all.reduce((a, b) => Math.min(a, b)), high = all.reduce((a, b) => Math.max(a, b)), span = high - low || Math.abs(high) || 1;
    const x = (v) => left + 6 + (v - low) / span * (width - left - right - 12);
    // By its number within the side, a value stands a little higher or lower: what is equal stays apart.
    const y = (at, n) => at * row + row / 2 + (paired ? 0 : ((n * 0.618034) % 1 - 0.5) * 16);
    const said = (v) => `${report.units.text(v, unit)} (${report.units.exact(v, unit)})`;
    const boxes = sides.map((side, at) => {
      const sorted = side.values.map(([, v]) => v).sort((a, b) => a - b), middle = at * row + row / 2;
      const q1 = x(report.rank(sorted, 0.25)), q3 = x(report.rank(sorted, 0.75));
      const line = {style: {stroke: `var(--${side.look.name})`, strokeWidth: '1.5'}};
      return [report.svg('text', {x: 4, y: middle + 4.5, style: {fontWeight: '600'}}, side.name),
        report.svg('line', {x1: x(sorted[0]), x2: x(sorted[sorted.length - 1]), y1: middle, y2: middle, ...line}),
        report.svg('rect', {x: q1, width: Math.max(q3 - q1, 1), y: middle - 13, height: 26, rx: 2,
          style: {fill: `var(--${side.look.name})`, fillOpacity: '0.18', stroke: `var(--${side.look.name})`, strokeWidth: '1'}}),
        report.svg('line', {x1: x(side.median), x2: x(side.median), y1: middle - 16, y2: middle + 16, style: {stroke: 'var(--text)', strokeWidth: '2.5'}},
          report.svg('title', {}, `median ${said(side.median)}`))];
    });
    const pairs = paired && sides[0].values.length <= pairsMax && sides[0].values.map(([, a], n) => report.svg('line',
      {x1: x(a), y1: row / 2, x2: x(sides[1].values[n][1]), y2: row + row / 2, style: {stroke: 'var(--muted)', strokeOpacity: '0.45'}}));
    const marks = sides.map((side, at) => side.values.length <= marksMax && side.values.map(([seed, v], n) =>
      mark(side, x(v), y(at, n), `${side.name}, seed ${seed}: ${said(v)}`)));
    let free = -Infinity;
    const ticks = report.ticks(low, high, Math.max(2, Math.floor(width / 80)), unit).map((v) => {
      const label = report.tickText(v, unit, high), half = label.length * 3.4;
      if (x(v) - half < Math.max(0, free) || x(v) + half > width) return null;
      free = x(v) + half + 4;
      return [report.svg('line', {class: 'axis', x1: x(v), x2: x(v), y1: 2 * row, y2: 2 * row + 4}),
        report.svg('text', {class: 'small muted', x: x(v), y: height - 8, 'text-anchor': 'middle'}, label)];
    });
    return report.svg('svg', {width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'strip',
      'aria-label': sides.map((s) => `${s.name}: ${s.values.length} values, median ${report.units.text(s.median, unit)}`).join('; ')},
    report.svg('line', {class: 'axis', x1: left, x2: width, y1: 2 * row, y2: 2 * row}), ticks, boxes, pairs, marks);
  };
})();
