// What all time lines share: the grid of rows, the axes, and what is drawn below the lines.
'use strict';
(() => {
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
    if (board.phases.length <= 20 && !board.sides) {  // of two runs, shades would not say of which
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

  report.chartFrame = {rowsOf, common, shade, colour};
})();
