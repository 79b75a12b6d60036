// One run.
'use strict';
report.page('run', (data, main) => {
  const {result} = data, {migrations, metrics} = result;
  const done = migrations.filter((m) => m.outcome === 'completed');
  const one = migrations.length === 1 ? migrations[0] : null;
  const metric = (name) => (typeof metrics[name] === 'number' ? metrics[name] : undefined);
  const figure = (name) => report.figure(metric(name), report.units.unitOf(name));
  const many = migrations.length > 1 ? 'longest' : null;
  const forecast = one && one.forecast && one.forecast.downtime_max_s > 0 ? `at most ${report.units.text(one.forecast.downtime_max_s, 's')} wanted` : many;

  main.append(report.element('div', {class: 'head'},
    report.element('div', {}, report.element('h1', {}, result.scenario), report.element('p', {class: 'about'}, result.about)),
    report.theme.button()));
  main.append(report.verdict(result));
  main.append(report.cards([
    migrations.length > 1 && ['Migrations', `${done.length} of ${migrations.length}`, 'completed'],
    metric('migration.total_time_s') > 0 && ['Total time', figure('migration.total_time_s'), many],
    metric('migration.downtime_s') !== undefined && done.length > 0 && ['Downtime', figure('migration.downtime_s'), forecast],
    one && one.rounds > 0 && ['Rounds', String(one.rounds), metric('migration.throttle_percent') > 0 ? `throttled to ${metric('migration.throttle_percent')} %` : 'not throttled'],
    one && metric('amst.goodput_bps') > 0 && ['Goodput', figure('amst.goodput_bps'),
      metric('amst.link_utilisation') !== undefined ? `${report.units.text(metric('amst.link_utilisation'), 'share')} of the paths` : null],
    !one && metric('amst.link_utilisation') > 0 && ['Paths used', figure('amst.link_utilisation'), 'while migrating'],
    metric('migration.bytes_wire') > 0 && ['On the wire', figure('migration.bytes_wire'),
      metric('hde.ratio') ? (metric('hde.ratio') < 1.05 ? 'as much as guest memory' : `guest memory is ${report.units.text(metric('hde.ratio'), '\u00d7')} that`) : null],
    metric('faults.injected') > 0 && ['Faults', figure('faults.injected'), metric('agents.restarts') > 0 ? `${metric('agents.restarts')} agents restarted` : null],
  ]));
  main.append(...[report.thresholds(result.thresholds)].filter(Boolean));
  main.append(report.replay(result.reproduce));

  const timelines = report.timelineSection(data);
  const parts = [
    report.section('Violations', {}, report.violations(result.violations)),
    report.section('Topology', {}, report.topology(result.topology)),
    timelines && timelines[0],
    report.section('Bytes by class of encoding', {}, report.bytes(migrations)),
    report.section('How migrations spread', {}, report.distributionsOf(migrations)),
    report.section('Migrations', {}, report.migrations(migrations, data.migrations_left_out)),
    report.section('Events', {}, report.events(data.events, data.events_left_out)),
    report.section('All figures', {}, report.element('details', {}, report.element('summary', {}, `${Object.keys(metrics).length} metrics`), report.table([
      {name: 'Metric', value: (m) => m[0], show: (m) => report.element('code', {}, m[0])},
      {name: 'Value', number: true, value: (m) => m[1], show: (m) => report.figure(m[1], report.units.unitOf(m[0]))},
    ], Object.entries(metrics).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]]
      : Object.entries(value).map(([which, v]) => [`${name}.${which}`, v]))), {filter: true, label: 'Metrics'}))),
    report.section('Environment', {}, report.environment([
      ['world', result.world === 'sim' ? `simulated, ${result.fidelity} fidelity` : 'live'], ['seed', String(result.seed)], ['file', result.file],
      ...Object.entries(result.swept || {}), ['time in the world', report.figure(result.virtual_time_s, 's')],
      ['time it took', report.figure(result.wall_time_s, 's')], ['events of the simulator', result.events ? report.figure(result.events, '1') : ''],
      ['security', [...new Set(migrations.map((m) => m.security).filter(Boolean))].join('; ')], ['commit', result.commit],
      ['machine', report.machineText(result.machine)], ...report.versionPairs(result.versions)])),
  ].filter(Boolean);
  main.append(...parts);
  if (timelines) timelines[1]();
});
