// A chart of figures over time, with a legend whose names hide and show series.
'use strict';
(() => {
  const shownMax = 10;   // series of a chart that are shown at first: those that reach highest
  const seriesMax = 64;  // of one chart
  const {rowsOf, common, shade, colour} = report.chartFrame;

  // Short pieces far apart would not be seen as lines.
  const sparse = (series) => series.parts.reduce((n, [, values]) => n + values.length, 0) < 4 * series.parts.length;
  const peak = (series) => series.parts.reduce((most, [, values]) => values.reduce((a, b) => (b > a ? b : a), most), 0);

  // list: [{name, parts, look}]; `look`, as report.series() has it, may be missing.
  report.figureChart = (board, title, unit, list) => {
    const plot = report.element('div', {class: 'plot'}), legend = report.element('div', {class: `legend${list.length > 10 ? ' long' : ''}`});
    const box = report.element('div', {class: 'chart'}, report.element('h3', {}, title), legend, plot);
    const chart = {box, title, graph: null, list: []};
    let ats = [];
    const look = (s, n) => s.look || report.series(n);
    const options = () => ({
      labels: ['t', ...chart.list.map((s) => s.name)],
      series: Object.fromEntries(chart.list.map((s, n) => [s.name, {color: colour(look(s, n).name), strokePattern: look(s, n).dashes,
        drawPoints: sparse(s), pointSize: 2}])),
      colors: chart.list.map((s, n) => colour(look(s, n).name)),
      axisLineColor: colour('line'), gridLineColor: colour('grid'),
    });
    const visibility = () => chart.list.map((s) => s.shown);
    chart.recolour = () => chart.graph.updateOptions(options());
    chart.set = (series) => {
      chart.list = series.slice(0, seriesMax);
      chart.leftOut = series.length - chart.list.length;
      const highest = chart.list.slice().sort((a, b) => peak(b) - peak(a)).slice(0, shownMax);
      for (const s of chart.list) s.shown = highest.includes(s);
      ats = chart.list.map(() => report.element('span', {class: 'at'}));
      legend.replaceChildren(...chart.list.map((s, n) => {
        const button = report.element('button', {type: 'button', 'aria-pressed': String(s.shown), title: 'show or hide', onclick: () => {
          s.shown = !s.shown;
          button.setAttribute('aria-pressed', String(s.shown));
          chart.graph.setVisibility(n, s.shown);
        }}, swatch(look(s, n)), s.name, ats[n]);
        return button;
      }), chart.leftOut > 0 ? report.element('span', {class: 'muted'}, `and ${chart.leftOut} more that are not drawn`) : '');
      if (chart.graph) chart.graph.updateOptions({file: rowsOf(chart.list, board), visibility: visibility(), ...options()});
    };
    chart.set(list);
    chart.start = () => {
      const ticker = (low, high, pixels) => report.ticks(low, high, pixels / 40, unit)
        .map((v) => ({v, label: v === 0 ? '0' : report.tickText(v, unit, high, true)}));
      chart.graph = new Dygraph(plot, rowsOf(chart.list, board), Object.assign(common(board, {ticker}), options(), {
        visibility: visibility(), strokeWidth: 1.5, includeZero: true, stepPlot: true, connectSeparatedPoints: false,
        legendFormatter: (now) => {
          chart.list.forEach((s, n) => {
            const known = now.x === undefined ? null : now.series.find((one) => one.label === s.name);
            ats[n].textContent = known && known.y !== undefined && known.y !== null ? report.units.text(known.y, unit) : '';
          });
          return '';
        },
        underlayCallback: (context, area, g) => shade(board, context, area, g),
      }));
    };
    return chart;
  };
  function swatch({name, dashes}) {
    return report.svg('svg', {width: 20, height: 8, 'aria-hidden': 'true'}, report.svg('line', {x1: 0, y1: 4, x2: 20, y2: 4,
      style: {stroke: `var(--${name})`, strokeWidth: '2.5'}, 'stroke-dasharray': dashes ? dashes.join(' ') : null}));
  }
})();
