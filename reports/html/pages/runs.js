// Many runs: of a suite, of a sweep, of many seeds, or of all of them.
'use strict';
(() => {
  const shownFigures = [['migration.total_time_s', 'Total time'], ['migration.downtime_s', 'Downtime'], ['amst.link_utilisation', 'Link used'],
    ['migration.bytes_wire', 'On the wire'], ['hde.ratio', 'Ratio']];
  const failuresOpen = 4, failuresShown = 50, scenariosSpread = 8;

  const passed = (run) => run.verdict === 'passed';
  const groupBy = (runs, key) => {
    const groups = new Map();
    for (const run of runs) {
      if (!groups.has(key(run))) groups.set(key(run), []);
      groups.get(key(run)).push(run);
    }
    return [...groups.values()];
  };
  const pointText = (run) => Object.entries(run.swept).map(([key, value]) => `${key.slice(key.lastIndexOf('.') + 1)} ${value}`).join(', ');
  const linked = (run, text) => (run.report ? report.element('a', {href: encodeURI(run.report)}, text) : text);

  function failure(run) {
    const reasons = [run.reason, ...run.thresholds.filter((t) => !t.ok).map((t) => [report.element('code', {}, t.expr), ': ',
      report.units.text(t.value, report.units.unitOf(t.expr.split(' ')[0])), ', ', report.distance(t)]),
    ...run.violations.map((v) => `${v.checker}, at ${report.units.text(v.time_s, 's')}: ${v.detail}`),
    run.violations_left_out > 0 && `and ${run.violations_left_out} more violations`].filter(Boolean);
    return report.element('div', {class: 'failure'},
      report.element('div', {}, report.chip(run.verdict), ' ', linked(run, run.scenario), ` seed ${run.seed}`, pointText(run) && `, ${pointText(run)}`),
      report.element('ul', {}, reasons.map((reason) => report.element('li', {}, reason))), report.replay(run.reproduce));
  }

  report.page('runs', (data, main) => {
    const {runs} = data;
    const column = Object.fromEntries(data.metrics.map((name, at) => [name, at]));
    const valueOf = (run, metric) => (metric in column ? run.metrics[column[metric]] : null);
    // Without a migration that completed there is none of these figures, though the metric is 0.
    const completed = (run) => !('migrations.completed' in column) || valueOf(run, 'migrations.completed') > 0;
    const figures = shownFigures.filter(([metric]) => metric in column).map(([metric, name]) =>
      ({name, metric, unit: report.units.unitOf(metric), of: (run) => (completed(run) ? valueOf(run, metric) : null)}));
    const scenarios = groupBy(runs, (run) => run.scenario);
    const points = groupBy(runs, (run) => JSON.stringify([run.scenario, run.swept]));
    const failed = runs.filter((run) => !passed(run));
    const worst = failed.some((r) => r.verdict === 'failed') ? 'failed' : failed.length ? 'aborted' : 'passed';
    const rows = scenarios.length > 1 ? scenarios : points;
    const seeds = rows.some((row) => row.length > 1);
    const swept = runs.some((run) => Object.keys(run.swept).length);

    main.append(report.element('div', {class: 'head'}, report.element('div', {}, report.element('h1', {}, data.title),
      report.element('p', {class: 'about'}, scenarios.length === 1 ? runs[0].about
        : `${scenarios.length} scenarios, ${runs.length} runs`)), report.theme.button()));
    const seedCount = new Set(runs.map((r) => r.seed)).size;
    main.append(report.verdict({verdict: worst, reason: failed.length ? `${runs.length - failed.length} of ${runs.length} runs passed`
      : `all ${runs.length} runs passed`, thresholds: [], violations: []}));
    main.append(report.cards([
      ['Runs', String(runs.length), failed.length ? `${failed.length} did not pass` : 'all passed'],
      scenarios.length > 1 && ['Scenarios', String(scenarios.length)],
      points.length > scenarios.length && ['Points swept', String(points.length)],
      seedCount > 1 && ['Seeds', String(seedCount)],
      'migrations.completed' in column && ['Migrations', String(runs.reduce((s, r) => s + valueOf(r, 'migrations.completed'), 0)),
        runs.every(completed) ? 'completed' : `completed, in ${runs.filter(completed).length} of ${runs.length} runs`],
      ['Time in the worlds', report.figure(runs.reduce((s, r) => s + r.virtual_time_s, 0), 's'), 'all runs together'],
      ['Time it took', report.figure(runs.reduce((s, r) => s + r.wall_time_s, 0), 's'), 'one after the other'],
    ]));
    const notes = [data.runs_left_out > 0 && `${data.runs_left_out} runs that passed are left out here; their results are in their folders.`,
      data.older_left_out > 0 && `${data.older_left_out} older runs of the same are left aside.`].filter(Boolean);
    main.append(...notes.map((note) => report.element('p', {class: 'note'}, note)));

    const median = (point, figure) => {
      const values = point.map(figure.of).filter((v) => typeof v === 'number');
      return values.length ? report.percentiles(values).p50 : null;
    };
    const overview = report.table([
      {name: 'Verdict', value: (p) => p.filter(passed).length / p.length, show: (p) => (p.length === 1 ? report.chip(p[0].verdict)
        : report.element('span', {class: `chip ${p.every(passed) ? 'passed' : 'failed'}`}, `${p.filter(passed).length} of ${p.length}`))},
      {name: swept && scenarios.length === 1 ? 'Point' : 'Scenario', wide: true, value: (p) => (scenarios.length > 1 ? p[0].scenario : pointText(p[0])), show: (p) => {
        const name = swept && scenarios.length === 1 ? pointText(p[0]) || p[0].scenario : p[0].scenario;
        return [p.length === 1 ? linked(p[0], name) : name, scenarios.length > 1 && report.element('span', {class: 'sub'}, p[0].about)];
      }},
      ...figures.map((figure) => ({name: figure.name, number: true, value: (p) => median(p, figure), show: (p) => report.figure(median(p, figure), figure.unit)})),
      {name: 'Failed', wide: true, value: (p) => brokenText(p), show: (p) => report.element('span', {class: 'bad'}, brokenText(p))},
    ].filter((c) => c.name !== 'Failed' || failed.length), rows, {filter: true, label: 'Scenarios'});
    function brokenText(point) {
      const broken = new Set(point.flatMap((r) => [...r.thresholds.filter((t) => !t.ok).map((t) => t.expr), ...r.violations.map((v) => v.checker), r.reason].filter(Boolean)));
      return [...broken].join('; ');
    }

    const spread = (group) => {
      const parts = figures.map((f) => report.distribution(f.name, f.unit, group.map(f.of), 8)).filter(Boolean);
      return parts.length > 0 && report.element('div', {class: 'multiples'}, parts);
    };
    const many = points.filter((point) => point.length >= 8);
    const table = rows.length > 1 && report.section(swept && scenarios.length === 1 ? 'Points' : 'Scenarios', {}, overview,
        seeds && report.element('p', {class: 'note'}, 'Figures are medians over the runs of a row.'));
    const sweeps = scenarios.map((group) => report.section(scenarios.length > 1 ? `Sweep of ${group[0].scenario}` : 'Sweep', {}, report.sweep(group, figures)));
    const parts = [
      report.section('Did not pass', {}, failed.slice(0, failuresOpen).map(failure),
        failed.length > failuresOpen && report.element('details', {}, report.element('summary', {}, `${failed.length - failuresOpen} more`),
          failed.slice(failuresOpen, failuresShown).map(failure)),
        failed.length > failuresShown && report.element('p', {class: 'note'}, `and ${failed.length - failuresShown} more, in the list of runs below`)),
      ...(scenarios.length === 1 ? [sweeps, table] : [table, sweeps]).flat(),
      ...many.slice(0, scenariosSpread).map((point) => report.section(
        points.length === 1 ? 'How the runs spread' : `How ${point[0].scenario}${pointText(point[0]) && `, ${pointText(point[0])}`} spreads`, {}, spread(point))),
      many.length > scenariosSpread && report.element('p', {class: 'note'}, `Of ${many.length - scenariosSpread} more, how they spread is not drawn.`),
      seeds && report.section('Runs', {}, report.table([
        {name: 'Verdict', value: (r) => r.verdict, show: (r) => report.chip(r.verdict)},
        {name: 'Run', value: (r) => `${r.scenario} ${pointText(r)} ${r.seed}`, show: (r) => linked(r, scenarios.length > 1 ? `${r.scenario}, seed ${r.seed}` : `seed ${r.seed}`)},
        swept && {name: 'Point', value: pointText, show: pointText},
        ...figures.map((f) => ({name: f.name, number: true, value: f.of, show: (r) => report.figure(f.of(r), f.unit)})),
      ].filter(Boolean), runs, {filter: true, label: 'Runs'})),
      report.section('Environment', {}, report.environment([['commit', [...new Set(runs.map((r) => r.commit))].join(', ')],
        ['machine', report.machineText(data.machine)], ...report.versionPairs(data.versions)])),
    ].filter(Boolean);
    main.append(...parts);
  });
})();
