// Which charts a run has: from the series of its timeline.json.
'use strict';
(() => {
  const peakOf = (series) => series.parts.reduce((most, [, values]) => values.reduce((a, b) => (b > a ? b : a), most), 0);
  const volume = (series) => series.parts.reduce((sum, [, values]) => values.reduce((a, b) => a + b, sum), 0);
  const arrow = (direction) => direction.replace('->', ' \u2192 ');

  // Running means over `width` points, for what comes in bursts.
  report.smooth = (series, width) => (width < 2 ? series : {name: series.name, parts: series.parts.map(([first, values]) => {
    const sums = [0];
    for (const value of values) sums.push(sums[sums.length - 1] + value);
    return [first, values.map((_, at) => {
      const low = Math.max(0, at - Math.floor(width / 2)), high = Math.min(values.length, low + width);
      return (sums[high] - sums[low]) / (high - low);
    })];
  })});

  report.chartsOf = (timeline, result) => {
    const of = (metric) => timeline.series.filter((s) => s.metric === metric);
    const links = new Set(of('link.rate_bps').map((s) => s.labels.link));
    const linkName = (s) => (links.size > 1 ? `${s.labels.link}: ` : '') + arrow(s.labels.direction);
    const vms = [...new Set(timeline.series.filter((s) => s.labels.vm).map((s) => s.labels.vm))];
    const named = (metric, name) => of(metric).map((s) => ({name: name(s), parts: s.parts}));
    const byVm = (metric, what) => named(metric, (s) => (vms.length > 1 ? `${s.labels.vm}${what ? `: ${what}` : ''}` : what || s.labels.vm));
    const charts = [], zero = [];
    const points = timeline.series.reduce((most, s) => s.parts.reduce((m, [first, values]) => Math.max(m, first + values.length), most), 0);
    const width = Math.floor(points / 150);
    const smoothed = (list) => list.map((s) => report.smooth(s, width));
    const over = width < 2 ? '' : `, over ${report.units.text(width * timeline.interval_s, 's')}`;
    const add = (title, unit, list, choose) => {
      const some = list.filter((s) => s.parts.length);
      if (!some.length) return;
      if (some.every((s) => peakOf(s) === 0)) zero.push(title.toLowerCase());
      else charts.push({title, unit, list: some, choose});
    };

    add('Carried by links', 'bit/s', named('link.rate_bps', linkName));
    add('Waiting at links', 'B', named('link.queue_bytes', linkName));
    add('Lost on links', 'share', named('link.loss', linkName).filter((s) => peakOf(s) > 0));
    if (vms.length === 1)
      add('Rates of the migration', 'bit/s', [...smoothed(byVm('migration.goodput_bps', `acknowledged${over}`)), ...byVm('migration.dirty_bps', 'guest memory dirtied'),
        ...byVm('migration.link_bps', 'path, as measured')].filter((s) => peakOf(s) > 0));
    else {
      add(`Acknowledged by destinations${over}`, 'bit/s', smoothed(byVm('migration.goodput_bps', '')));
      add('Guest memory dirtied', 'bit/s', byVm('migration.dirty_bps', '').filter((s) => peakOf(s) > 0));
    }
    add('Guest memory left to send', 'B', byVm('migration.remaining_bytes', ''));
    add('Downtime predicted', 's', byVm('migration.downtime_predicted_s', ''));
    add('Guests throttled', '%', byVm('migration.throttle_percent', ''));
    const streamsOf = (metric, vm) => of(metric).filter((s) => s.labels.vm === vm)
      .map((s) => ({name: `stream ${s.labels.stream}`, parts: s.parts}));
    const busiest = vms.map((vm) => [of('stream.rate_bps').filter((s) => s.labels.vm === vm).reduce((a, s) => a + volume(s), 0), vm])
      .sort((a, b) => b[0] - a[0]);
    const vm = busiest.length && busiest[0][0] > 0 ? busiest[0][1] : null;
    const known = vms.filter((v) => of('stream.rate_bps').some((s) => s.labels.vm === v));
    const suffix = known.length > 1 ? ' of one VM' : '';
    if (vm !== null) {
      add(`Written to streams${suffix}`, 'bit/s', streamsOf('stream.rate_bps', vm), (v) => streamsOf('stream.rate_bps', v));
      add(`Round trip of streams${suffix}`, 's', streamsOf('stream.rtt_s', vm), (v) => streamsOf('stream.rtt_s', v));
      add(`Sent again on streams${suffix}`, 'share', streamsOf('stream.resent_ratio', vm), (v) => streamsOf('stream.resent_ratio', v));
    } else {
      add('Round trip', 's', byVm('migration.rtt_s', ''));
    }
    const {resident} = result;
    if (resident && resident.length > 1) {
      // A sample each hour, which holds until the next.
      const at = resident.map(([t]) => Math.round(t / timeline.interval_s));
      const parts = resident.map(([, bytes], n) => [at[n], new Array(Math.max(1, (n + 1 < at.length ? at[n + 1] : points) - at[n])).fill(bytes)]);
      add('Memory of the process that simulated', 'B', [{name: 'resident', parts}]);
    }
    return {charts, zero, vms: known, vm};
  };

  // The section of a run's time lines: [section, start], or nothing.
  report.timelineSection = (data) => {
    const {result} = data, timeline = data.timeline || {interval_s: Math.max(result.virtual_time_s, 1e-3) / 500, series: [], left_out: {}};
    const phases = report.phases(result, data.events), marks = report.marksOf(data.events);
    const {charts, zero, vms, vm} = report.chartsOf(timeline, result);
    if (!charts.length && !phases.length) return null;
    const last = timeline.series.reduce((most, s) => s.parts.reduce((m, [first, values]) => Math.max(m, first + values.length), most), 0);
    const count = Math.max(last, Math.ceil(result.virtual_time_s / timeline.interval_s));
    const board = {interval: timeline.interval_s, count, end: count * timeline.interval_s, phases, marks};
    const chooser = vms.length > 1 && charts.some((c) => c.choose) && report.element('label', {}, 'streams of ',
      report.element('select', {onchange: (event) => {
        for (const chart of board.charts) if (chart.choose) chart.set(chart.choose(event.target.value));
      }}, vms.map((name) => report.element('option', {selected: name === vm}, name))));
    const drawn = report.timelines(board, charts, chooser || null);
    const missing = Object.entries(timeline.left_out).map(([kind, n]) => `${n} series of ${kind}s`);
    const notes = [
      zero.length && `Always zero: ${zero.join(', ')}.`,
      missing.length && `Left out, since there are too many: ${missing.join(', ')}.`,
      timeline.series.length && report.timelinesNote(timeline.interval_s),
    ].filter(Boolean);
    const section = report.section('Time lines', {}, drawn, notes.map((note) => report.element('p', {class: 'note'}, note)));
    section.classList.add('timelines');
    return [section, board.start];
  };
})();
