// The time lines: one lane chart of migrations, and charts of figures, that zoom and point together (dygraphs).
'use strict';
(() => {
  const shownMax = 10;   // series of a chart that are shown at first: those that reach highest
  const seriesMax = 64;  // of one chart
  const labelWidth = () => (window.innerWidth < 600 ? 74 : 80);
  const colour = (name) => report.theme.colour(name);

  // Rows [time, value...] on the grid that all charts share.
  function rowsOf(list, grid) {
    const rows = Array.from({length: grid.count + 1}, (_, k) => [k * grid.interval, ...list.map(() => null)]);
    list.forEach((series, column) => {
      for (const [first, values] of series.parts)
        values.forEach((value, k) => { if (first + k <= grid.count) rows[first + k][column + 1] = value; });
      // A value holds to the end of its interval.
      for (const [first, values] of series.parts) {
        const after = first + values.length;
        if (after <= grid.count && rows[after][column + 1] === null) rows[after][column + 1] = values[values.length - 1];
      }
    });
    return rows;
  }
  // Short pieces far apart would not be seen as lines.
  const sparse = (series) => series.parts.reduce((n, [, values]) => n + values.length, 0) < 4 * series.parts.length;
  const peak = (series) => series.parts.reduce((most, [, values]) => values.reduce((a, b) => (b > a ? b : a), most), 0);

  const interaction = () => {
    const usual = Dygraph.defaultInteractionModel;
    // One finger scrolls the page; two zoom.
    return {mousedown: usual.mousedown, willDestroyContextMyself: true, dblclick: usual.dblclick,
      touchstart: (event, g, context) => { if (event.touches.length > 1) usual.touchstart(event, g, context); },
      touchmove: (event, g, context) => { if (event.touches.length > 1) usual.touchmove(event, g, context); },
      touchend: (event, g, context) => usual.touchend(event, g, context)};
  };

  // y: options of the vertical axis.
  const common = (board, y) => ({
    axes: {
      x: {ticker: (low, high, pixels) => report.ticks(low, high, pixels / 56, 's').map((v) => ({v, label: v === 0 ? '' : report.tickText(v, 's', board.end)}))},
      y: Object.assign({axisLabelWidth: labelWidth()}, y),
    },
    dateWindow: null, legend: 'always', labelsDiv: report.element('div'), interactionModel: interaction(),
    axisLineColor: colour('line'), gridLineColor: colour('grid'), gridLineWidth: 1, highlightCircleSize: 3, xRangePad: 4,
    axisLabelFontSize: 12, xAxisHeight: 20, rightGap: 12, animatedZooms: false,
  });

  // Where guests stood still, and where faults came.
  function shade(board, context, area, g) {
    if (board.phases.length <= 20) {
      context.fillStyle = colour('stopped');
      context.globalAlpha = 0.13;
      let until = -Infinity;  // shaded so far: where several guests stood still, it is shaded once
      for (const stopped of board.phases.map((p) => p.stopped).filter(Boolean).sort((a, b) => a.begin - b.begin)) {
        const left = Math.max(g.toDomXCoord(stopped.begin), until), right = Math.max(g.toDomXCoord(stopped.end), left + 1);
        if (g.toDomXCoord(stopped.end) > until) context.fillRect(left, area.y, right - left, area.h);
        until = Math.max(until, right);
      }
      context.globalAlpha = 1;
    }
    context.strokeStyle = colour('mark');
    context.lineWidth = 2;
    context.setLineDash([5, 4]);
    for (const mark of board.marks) {
      const x = Math.round(g.toDomXCoord(mark.t));
      if (x < area.x || x > area.x + area.w) continue;
      context.beginPath();
      context.moveTo(x, area.y);
      context.lineTo(x, area.y + area.h);
      context.stroke();
    }
    context.setLineDash([]);
  }

  function figureChart(board, title, unit, list) {
    const plot = report.element('div', {class: 'plot'}), legend = report.element('div', {class: `legend${list.length > 10 ? ' long' : ''}`});
    const box = report.element('div', {class: 'chart'}, report.element('h3', {}, title), legend, plot);
    const chart = {box, title, graph: null, list: []};
    let ats = [];
    const options = () => ({
      labels: ['t', ...chart.list.map((s) => s.name)],
      series: Object.fromEntries(chart.list.map((s, n) => [s.name, {color: colour(report.series(n).name), strokePattern: report.series(n).dashes,
        drawPoints: sparse(s), pointSize: 2}])),
      colors: chart.list.map((_, n) => colour(report.series(n).name)),
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
        }}, swatch(n), s.name, ats[n]);
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
  }
  function swatch(n) {
    const {name, dashes} = report.series(n);
    return report.svg('svg', {width: 20, height: 8, 'aria-hidden': 'true'}, report.svg('line', {x1: 0, y1: 4, x2: 20, y2: 4,
      style: {stroke: `var(--${name})`, strokeWidth: '2.5'}, 'stroke-dasharray': dashes ? dashes.join(' ') : null}));
  }

  function laneChart(board) {
    const lanes = report.lanes(board.phases);
    const laneHeight = lanes.length > 16 ? 12 : 26, flags = board.marks.length ? 18 : 0;
    const plot = report.element('div', {class: 'plot lanes', style: {height: `${lanes.length * laneHeight + flags + 30}px`}});
    const tiny = (p) => p.end - p.begin < board.end / 300;
    const stopped = board.phases.some((p) => p.stopped), short = board.phases.every(tiny);
    const failed = board.phases.some((p) => p.outcome !== 'completed');
    const key = report.element('div', {class: 'key'}, [
      board.phases.some(tiny) && ['series-1', 'migration, too short here for its parts: zoom in'],
      !short && ['round-a', 'rounds of copying'], !short && stopped && ['stopped', 'guest stopped'],
      !short && ['settling', 'settling, or nothing known'], failed && ['bad', '\u2715 not completed'],
    ].filter(Boolean).map(([name, text]) => report.element('span', {}, report.element('i', {style: {background: `var(--${name})`}}), text)));
    const chart = {title: 'Migrations', graph: null, list: [],
      box: report.element('div', {class: 'chart'}, report.element('h3', {}, 'Migrations'), plot, key, markList(board))};
    const laneTop = (area, at) => area.y + flags + at * laneHeight;
    function draw(context, area, g) {
      shade(board, context, area, g);
      context.save();
      context.beginPath();
      context.rect(area.x, area.y, area.w, area.h);
      context.clip();
      context.font = '12px system-ui, sans-serif';
      context.textBaseline = 'middle';
      context.textAlign = 'center';
      const band = (begin, end, top, name, text) => {
        const left = g.toDomXCoord(begin), wide = Math.max(g.toDomXCoord(end) - left, 1.5);
        if (left + wide < area.x || left > area.x + area.w) return;
        context.fillStyle = colour(name);
        context.fillRect(left, top, wide, laneHeight - 6);
        const seen = [Math.max(left, area.x), Math.min(left + wide, area.x + area.w)];
        if (text && seen[1] - seen[0] > context.measureText(text).width + 6 && laneHeight > 18) {
          context.fillStyle = colour(name === 'stopped' ? 'ground' : 'text');
          context.fillText(text, (seen[0] + seen[1]) / 2, top + (laneHeight - 6) / 2 + 0.5);
        }
      };
      lanes.forEach((lane, at) => {
        const top = laneTop(area, at) + 3;
        for (const phase of lane.phases) {
          if (g.toDomXCoord(phase.end) - g.toDomXCoord(phase.begin) < 4) {  // too short for its parts to be seen
            band(phase.begin, phase.end, top, phase.outcome === 'completed' ? 'series-1' : 'bad', '');
            continue;
          }
          band(phase.begin, phase.end, top, 'settling', '');
          for (const round of phase.rounds)
            band(round.begin, round.end, top, round.number === null ? 'settling' : round.number % 2 ? 'round-a' : 'round-b',
              round.number === null ? '' : String(round.number));
          if (phase.stopped) band(phase.stopped.begin, phase.stopped.end, top, 'stopped', 'stopped');
          if (phase.outcome !== 'completed') cross(context, g.toDomXCoord(phase.end), top + (laneHeight - 6) / 2);
        }
      });
      let free = -Infinity;
      context.fillStyle = colour('mark');
      context.font = 'bold 12px system-ui, sans-serif';
      // Marks at about the same time share a flag: "3\u20135".
      const flagged = [];
      for (const mark of board.marks) {
        const x = g.toDomXCoord(mark.t), before = flagged[flagged.length - 1];
        if (before && x - before.x < 9) before.last = mark.number;
        else flagged.push({x, first: mark.number, last: mark.number});
      }
      for (const flag of flagged) {
        const text = flag.first === flag.last ? String(flag.first) : `${flag.first}\u2013${flag.last}`;
        const half = context.measureText(text).width / 2 + 3;
        if (flag.x - half < free || flag.x < area.x || flag.x > area.x + area.w) continue;
        context.clearRect(flag.x - half, area.y, 2 * half, 17);
        context.fillText(text, Math.min(Math.max(flag.x, area.x + half), area.x + area.w - half), area.y + 8);
        free = flag.x + half;
      }
      context.restore();
    }
    function cross(context, x, y) {
      context.strokeStyle = colour('bad');
      context.lineWidth = 2;
      context.beginPath();
      for (const side of [-1, 1]) {
        context.moveTo(x - 4, y - 4 * side);
        context.lineTo(x + 4, y + 4 * side);
      }
      context.stroke();
    }
    chart.recolour = () => chart.graph.updateOptions({axisLineColor: colour('line'), gridLineColor: colour('grid')});
    chart.start = () => {
      const rows = rowsOf([{parts: [[0, [0]]]}], board);
      const ticker = (low, high, pixels) => lanes.map((lane, at) => ({v: 1 - (flags + (at + 0.5) * laneHeight) / pixels,
        label: lane.name.length > 10 ? `${lane.name.slice(0, 9)}\u2026` : lane.name}));
      const options = Object.assign(common(board, {ticker, drawGrid: false, axisLineColor: 'transparent'}), {labels: ['t', 'lanes'], valueRange: [0, 1], strokeWidth: 0, drawPoints: false,
        highlightCircleSize: 0, underlayCallback: draw, legendFormatter: () => ''});
      options.axes.x.drawGrid = false;  // it would be drawn over the bands
      chart.graph = new Dygraph(plot, rows, options);
    };
    return chart;
  }

  const marksShown = 12;
  function markList(board) {
    if (!board.marks.length) return null;
    const item = (mark) => report.element('li', {}, report.element('span', {class: 'number'}, String(mark.number)),
      report.element('button', {type: 'button', title: 'show in the time lines', onclick: () => board.zoomTo(mark.t)}, report.units.text(mark.t, 's')),
      report.element('span', {}, mark.text));
    const rest = board.marks.slice(marksShown);
    return [report.element('ul', {class: 'marks', 'aria-label': 'Faults'}, board.marks.slice(0, marksShown).map(item)),
      rest.length > 0 && report.element('details', {}, report.element('summary', {}, `${rest.length} more faults`),
        report.element('ul', {class: 'marks'}, rest.map(item)))];
  }

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

  // charts: [{title, unit, list: [{name, parts}]}]; chooser: an element beside the tools, or nothing.
  report.timelines = (board, charts, chooser) => {
    board.chooser = chooser;
    const all = board.phases.length ? [laneChart(board)] : [];
    all.push(...charts.map((c) => Object.assign(figureChart(board, c.title, c.unit, c.list), {choose: c.choose})));
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
