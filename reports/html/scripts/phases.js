// What each migration was at, and when: from the result and the events.
'use strict';
(() => {
  // [{vm, from, to, begin, end, outcome, rounds: [{number, begin, end}], stopped: {begin, end}}], times in seconds.
  report.phases = (result, events) => {
    const byVm = new Map();
    for (const event of events || []) {
      if (!event.vm) continue;
      if (!byVm.has(event.vm)) byVm.set(event.vm, []);
      byVm.get(event.vm).push(event);
    }
    return result.migrations.map((m) => {
      const begin = m.started_s;
      const mine = (byVm.get(m.vm) || []).filter((e) => e.t_s >= begin - 1e-9);
      const ended = mine.find((e) => e.event === 'migration.ended');
      const end = m.total_time_s > 0 ? begin + m.total_time_s : ended ? ended.t_s : result.virtual_time_s;
      const within = mine.filter((e) => e.t_s <= end + 1e-9);
      const stop = within.find((e) => e.event === 'guest.changed' && e.state === 'paused' && e.host === m.from);
      const run = stop && within.find((e) => e.event === 'guest.changed' && e.state === 'running' && e.t_s > stop.t_s);
      const stopped = stop ? {begin: stop.t_s, end: run ? run.t_s : end} : null;
      const starts = within.filter((e) => e.event === 'migration.progress' && (!stopped || e.t_s < stopped.begin));
      const copyEnd = stopped ? stopped.begin : end;
      const rounds = starts.map((e, at) => ({number: e.round, begin: at === 0 ? begin : e.t_s,
        end: at + 1 < starts.length ? starts[at + 1].t_s : copyEnd}));
      if (!rounds.length) rounds.push({number: null, begin, end: copyEnd});
      return {vm: m.vm, from: m.from, to: m.to, begin, end, outcome: m.outcome, rounds, stopped};
    });
  };

  // A lane for each VM where they are few; otherwise as few lanes as hold them all without overlap.
  const lanesMax = 12;
  report.lanes = (phases) => {
    const vms = [...new Set(phases.map((p) => p.vm))].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
    if (vms.length <= lanesMax)
      return vms.map((vm) => ({name: vm, phases: phases.filter((p) => p.vm === vm)}));
    const lanes = [];
    for (const phase of phases.slice().sort((a, b) => a.begin - b.begin)) {
      let lane = lanes.find((l) => l.phases[l.phases.length - 1].end <= phase.begin);
      if (!lane) lanes.push(lane = {name: '', phases: []});
      lane.phases.push(phase);
    }
    return lanes.slice(0, 40);
  };

  report.marksOf = (events) => (events || []).filter((e) => e.event === 'scenario.fault')
    .map((e, at) => ({t: e.t_s, number: at + 1, text: String(e.what)}));
})();
