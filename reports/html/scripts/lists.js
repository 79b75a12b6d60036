// Migrations, events, and what the run was made with.
'use strict';
(() => {
  const outcomes = {completed: 'good', rolled_back: 'bad', undecided: 'bad', unfinished: 'bad'};

  report.migrations = (migrations, leftOut) => migrations.length > 0 && [report.table([
    {name: 'VM', value: (m) => m.vm, show: (m) => [m.vm, report.element('span', {class: 'sub whole'}, `${m.from} \u2192 ${m.to}`)]},
    {name: 'Outcome', value: (m) => m.outcome, show: (m) => [report.element('span', {class: outcomes[m.outcome] || ''}, m.outcome.replace('_', ' ')),
      m.reason && report.element('span', {class: 'sub'}, m.reason)]},
    {name: 'Started', number: true, value: (m) => m.started_s, show: (m) => report.figure(m.started_s, 's')},
    {name: 'Total time', number: true, value: (m) => m.total_time_s, show: (m) => report.figure(m.total_time_s, 's')},
    {name: 'Downtime', number: true, value: (m) => m.downtime_s, show: (m) => [report.figure(m.downtime_s, 's'),
      m.forecast && m.forecast.downtime_s > 0 && report.element('span', {class: 'sub'}, `${report.units.text(m.forecast.downtime_s, 's')} forecast`)]},
    {name: 'Rounds', number: true, value: (m) => m.rounds, show: (m) => String(m.rounds)},
    {name: 'Goodput', number: true, value: (m) => m.goodput_bps, show: (m) => [report.figure(m.goodput_bps, 'bit/s'),
      m.path_capacity_bps > 0 && m.goodput_bps > 0 && report.element('span', {class: 'sub'}, `${report.units.text(m.goodput_bps / m.path_capacity_bps, 'share')} of the path`)]},
    {name: 'Guest memory', number: true, value: (m) => m.bytes_guest, show: (m) => report.figure(m.bytes_guest, 'B')},
    {name: 'On the wire', number: true, value: (m) => m.bytes_wire, show: (m) => report.figure(m.bytes_wire, 'B')},
    {name: 'Resent', number: true, value: (m) => m.bytes_resent, show: (m) => report.figure(m.bytes_resent, 'B')},
  ], migrations, {filter: true, label: 'Migrations'}),
  leftOut > 0 && report.element('p', {class: 'note'}, `${leftOut} more migrations are in result.json.`)];

  report.distributionsOf = (migrations) => {
    const done = migrations.filter((m) => m.outcome === 'completed');
    const parts = [['Total time', 's', (m) => m.total_time_s], ['Downtime', 's', (m) => m.downtime_s], ['On the wire', 'B', (m) => m.bytes_wire],
      ['Goodput', 'bit/s', (m) => m.goodput_bps]].map(([name, unit, of]) => report.distribution(name, unit, done.map(of))).filter(Boolean);
    return parts.length > 0 && report.element('div', {class: 'multiples'}, parts);
  };

  report.events = (events, leftOut) => {
    if (!events || !events.length) return null;
    const details = (e) => Object.entries(e).filter(([key]) => !['t_s', 'source', 'event'].includes(key))
      .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' \u00b7 ');
    const missing = Object.entries(leftOut || {}).map(([kind, n]) => `${n} ${kind}`);
    return [report.element('details', {}, report.element('summary', {}, `${events.length} events`), report.table([
      {name: 'Time', number: true, value: (e) => e.t_s, show: (e) => report.figure(e.t_s, 's')},
      {name: 'Where', value: (e) => e.source, show: (e) => e.source},
      {name: 'Event', value: (e) => e.event, show: (e) => report.element('code', {}, e.event)},
      {name: 'Details', wide: true, value: details, show: details},
    ], events, {filter: true, label: 'Events'})),
    missing.length > 0 && report.element('p', {class: 'note'}, `Left out here, and in events.jsonl: ${missing.join(', ')}.`)];
  };

  report.environment = (pairs) => report.element('dl', {class: 'pairs'}, pairs.filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => [report.element('dt', {}, name), report.element('dd', {}, value)]));
  report.versionPairs = (versions) => Object.entries(versions || {}).map(([name, value]) => [name, String(value)]);
  report.machineText = (machine) => machine && `${machine.processor}, ${machine.cores} cores, ${machine.system}`;
})();
