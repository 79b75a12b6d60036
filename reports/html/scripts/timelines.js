// The time lines of a run, which zoom and point together (dygraphs), and the tools beside them.
'use strict';
(() => {
  function tools(board) {
    const shown = report.element('span', {class: 'window', 'aria-live': 'polite'});
    const button = (name, label, act) => report.element('button', {type: 'button', 'aria-label': label, title: label, onclick: act}, name);
    const scale = (factor, shift) => {
      const [low, high] = board.window(), middle = (low + high) / 2 + shift * (high - low), half = (high - low) / 2 * factor;
      board.zoom(middle - half, middle + half);
    };
    board.told = () => {
      const [low, high] = board.window();
      shown.textContent = `${report.units.text(Math.max(low, 0), 's')} to ${report.units.text(high, 's')}`;
    };
    return report.element('div', {class: 'tools'}, button('+', 'zoom in', () => scale(0.5, 0)), button('\u2212', 'zoom out', () => scale(2, 0)),
      button('\u25c0', 'earlier', () => scale(1, -0.5)), button('\u25b6', 'later', () => scale(1, 0.5)),
      button('All', 'show the whole run', () => board.zoom(0, board.end)), shown, board.chooser);
  }

  report.timelinesNote = (interval) => `A point stands for ${report.units.text(interval, 's')}. Drag over a chart to zoom, double-click for the whole run; with two fingers on a touch screen.`;

  // charts: [{title, unit, list: [{name, parts}]}]; chooser: an element beside the tools, or nothing.
  report.timelines = (board, charts, chooser) => {
    board.chooser = chooser;
    const all = board.phases.length ? [report.laneChart(board)] : [];
    all.push(...charts.map((c) => Object.assign(report.figureChart(board, c.title, c.unit, c.list), {choose: c.choose})));
    board.charts = all;
    board.window = () => all[0].graph.xAxisRange();
    board.zoom = (low, high) => {
      const wide = Math.max(Math.min(high - low, board.end), board.interval * 4), begin = Math.min(Math.max(low, 0), board.end - wide);
      const whole = wide >= board.end * 0.999;
      all[0].graph.updateOptions({dateWindow: whole ? null : [begin, begin + wide]});
    };
    board.zoomTo = (t) => board.zoom(t - Math.max(board.end / 20, board.interval * 20), t + Math.max(board.end / 20, board.interval * 20));
    const head = tools(board);
    board.start = () => {
      for (const chart of all) chart.start();
      if (all.length > 1) Dygraph.synchronize(all.map((c) => c.graph), {zoom: true, selection: true, range: false});
      const first = all[0].graph, drawn = first.getFunctionOption('drawCallback');
      first.updateOptions({drawCallback: function told(...rest) { board.told(); if (drawn) drawn.apply(this, rest); }}, true);
      board.told();
      report.theme.changed(() => all.forEach((c) => c.recolour()));
      const refit = () => all.forEach((c) => c.graph.resize());
      window.addEventListener('beforeprint', () => all.forEach((c) => c.graph.resize(Math.min(660, c.box.clientWidth), c.graph.height_)));
      window.addEventListener('afterprint', refit);
    };
    report.board = board;
    return [head, all.map((c) => c.box)];
  };
})();
