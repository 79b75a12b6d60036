// The time lines of two runs over each other: the same figure of the same link or VM in one chart.
'use strict';
(() => {
  const chartsMax = 8;  // of a metric: those that carried most
  // What several series of a run become where a chart has one line a side, and what several points become one of.
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  const shown = [
    {metric: 'migration.goodput_bps', title: 'Acknowledged by the destination', unit: 'bit/s', bursts: true},
    {metric: 'migration.dirty_bps', title: 'Guest memory dirtied', unit: 'bit/s'},
    {metric: 'migration.remaining_bytes', title: 'Guest memory left to send', unit: 'B'},
    {metric: 'migration.downtime_predicted_s', title: 'Downtime predicted', unit: 's'},
    {metric: 'migration.throttle_percent', title: 'Guest throttled', unit: '%'},
    {metric: 'migration.rtt_s', title: 'Round trip, the least of the streams', unit: 's'},
    {metric: 'stream.rate_bps', title: 'Written to all streams', unit: 'bit/s', streams: sum},
    {metric: 'stream.resent_ratio', title: 'Sent again, mean of the streams', unit: 'share', streams: mean},
    {metric: 'link.rate_bps', title: 'Carried', unit: 'bit/s'},
    {metric: 'link.queue_bytes', title: 'Waiting', unit: 'B', points: most},
    {metric: 'link.loss', title: 'Lost', unit: 'share'},
  ];

  const placeOf = ({link, direction, vm}) => (link ? `${link}, ${direction.replace('->', ' \u2192 ')}` : vm || '');

  // Series of one interval as one on a grid of another: parts [first, values] without gaps.
  function merged(list, from, to, points, series) {
    const cells = new Map();
    list.forEach((one, n) => {
      for (const [first, values] of one.parts)
        values.forEach((value, k) => {
          const at = Math.floor((first + k) * from / to + 1e-6);
          if (!cells.has(at)) cells.set(at, new Map());
          const cell = cells.get(at);
          if (!cell.has(n)) cell.set(n, []);
          cell.get(n).push(value);
        });
    });
    const parts = [];
    for (const at of [...cells.keys()].sort((a, b) => a - b)) {
      const value = series([...cells.get(at).values()].map(points)), last = parts[parts.length - 1];
      if (last && last[0] + last[1].length === at) last[1].push(value);
      else parts.push([at, [value]]);
    }
    return parts;
  }

  // The section: [section, start], or nothing. runs: {a, b}, each as a page of one run has it.
  report.pairedTimelines = (runs) => {
    const sides = report.sides.map((side) => ({...side, ...runs[side.key]}));
    const interval = Math.max(...sides.map((s) => s.timeline.interval_s));
    const charts = [], zero = [], notes = [];
    const weight = (parts) => parts.reduce((total, [, values]) => total + sum(values), 0);
    let last = 0;
    for (const {metric, title, unit, points = mean, streams = mean, bursts} of shown) {
      const places = new Map();
      for (const side of sides)
        for (const series of side.timeline.series.filter((s) => s.metric === metric && s.parts.length)) {
          const place = placeOf(series.labels);
          if (!places.has(place)) places.set(place, {a: [], b: []});
          places.get(place)[side.key].push(series);
        }
      const here = [...places].map(([place, by]) => ({title: places.size > 1 || metric.startsWith('link.') ? `${title}: ${place}` : title, unit,
        list: sides.filter((s) => by[s.key].length).map((s) => ({name: s.name, look: s.look, parts: merged(by[s.key], s.timeline.interval_s, interval, points, streams)}))}));
      for (const chart of here) chart.weight = chart.list.reduce((total, s) => total + weight(s.parts), 0);
      for (const chart of here) for (const s of chart.list) for (const [first, values] of s.parts) last = Math.max(last, first + values.length);
      for (const chart of here) chart.bursts = bursts;
      zero.push(...here.filter((c) => c.weight === 0).map((c) => c.title.toLowerCase()));
      const some = here.filter((c) => c.weight > 0), kept = some.slice().sort((a, b) => b.weight - a.weight).slice(0, chartsMax);
      if (some.length > kept.length) notes.push(`${title}: ${some.length - kept.length} more are not drawn.`);
      charts.push(...some.filter((c) => kept.includes(c)));
    }
    // What comes in bursts is drawn as means over about a 150th of the time.
    const width = Math.floor(last / 150);
    for (const chart of charts.filter((c) => c.bursts && width >= 2)) {
      chart.title += `, over ${report.units.text(width * interval, 's')}`;
      chart.list = chart.list.map((s) => ({...s, parts: report.smooth(s, width).parts}));
    }
    const phases = sides.flatMap((s) => report.phases(s.result, s.events).map((p) => ({...p, vm: `${p.vm} \u00b7 ${s.name}`})));
    if (!charts.length && !phases.length) return null;
    const [marksA, marksB] = sides.map((s) => report.marksOf(s.events)), key = (m) => `${m.t} ${m.text}`;
    const both = marksA.filter((m) => marksB.some((other) => key(other) === key(m)));
    const only = (marks, name) => marks.filter((m) => !both.some((other) => key(other) === key(m))).map((m) => ({...m, text: `${name}: ${m.text}`}));
    const marks = [...both, ...only(marksA, 'A'), ...only(marksB, 'B')].sort((x, y) => x.t - y.t).map((m, at) => ({...m, number: at + 1}));
    const count = Math.max(last, ...sides.map((s) => Math.ceil(s.result.virtual_time_s / interval)));
    const board = {interval, count, end: count * interval, phases, marks, sides: true};
    const drawn = report.timelines(board, charts, null);
    if (zero.length) notes.push(`Always zero on both sides: ${zero.join('; ')}.`);
    const missing = sides.flatMap((s) => Object.entries(s.timeline.left_out).map(([kind, n]) => `${n} series of ${kind}s of ${s.name}`));
    if (missing.length) notes.push(`Left out, since there are too many: ${missing.join(', ')}.`);
    notes.push(report.timelinesNote(interval));
    const section = report.section('Time lines of A and B', {}, drawn, notes.map((note) => report.element('p', {class: 'note'}, note)));
    section.classList.add('timelines');
    return [section, board.start];
  };
})();
