// The chart of migrations: a lane for each VM, with rounds and the time for which the guest stood still, and flags of faults.
'use strict';
(() => {
  const {rowsOf, common, shade, colour} = report.chartFrame;

  report.laneChart = (board) => {
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
  };

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
})();
