// Two sets of runs, B seen from A.
'use strict';
(() => {
  const drawnOpen = 8, drawnMax = 60, namedMax = 3;
  const findings = {
    worse: {sign: '\u2717', word: 'worse', style: 'failed'}, better: {sign: '\u2713', word: 'better', style: 'passed'},
    changed: {sign: '~', word: 'changed', style: 'aborted'}, 'cannot tell': {sign: '?', word: 'cannot tell', style: 'neutral'},
    same: {sign: '=', word: 'same', style: 'neutral'},
  };
  const order = Object.keys(findings);
  const goods = {lower: 'less is better', higher: 'more is better', never: 'must not happen', none: 'neither way is good'};
  const tests = {signed_rank: 'Wilcoxon\u2019s signed ranks, seed by seed', mann_whitney: 'Mann and Whitney\u2019s U'};
  const benchUnits = {bytes: 'B', 'bytes/s': 'B/s'};

  const unitOf = (m) => (m.unit ? benchUnits[m.unit] || m.unit : report.units.unitOf(m.metric));
  const byMeans = (m) => m.median_a === m.median_b && m.mean_a !== m.mean_b;
  const base = (m) => (byMeans(m) ? m.mean_a : m.median_a);
  // Of pairs, what changed in the middle of the seeds: the medians may lie with different ones.
  const difference = (m) => (m.method === 'signed_rank' && !byMeans(m) ? m.shift : m.difference);
  const change = (m) => (difference(m) === 0 ? 0 : base(m) === 0 ? null : difference(m) / Math.abs(base(m)));
  const sign = (v) => (v > 0 ? '+' : v < 0 ? '\u2212' : '');
  const signed = (v, text) => (v === null ? '\u2013' : `${sign(v)}${text(Math.abs(v))}`);
  const share = (v) => (v === null ? 'from 0' : signed(v, (size) => (size >= 9.995 ? report.units.text(size + Math.sign(v), '\u00d7') : report.units.text(size, 'share'))));
  const p = (v) => (v < 0.001 ? '< 0.001' : v.toFixed(v < 0.1 ? 3 : 2));
  const word = (m) => (m.finding === 'cannot tell' && m.why.startsWith('too') ? m.why : findings[m.finding].word);
  const chip = (finding, text) => report.element('span', {class: `chip ${findings[finding].style}`}, `${findings[finding].sign} ${text}`);
  const groupName = (g) => g.subject + Object.entries(g.swept).map(([key, value]) => `, ${key.slice(key.lastIndexOf('.') + 1)} ${value}`).join('')
    + (g.subject_b ? ` beside ${g.subject_b}` : '');
  const seedsText = (seeds) => (seeds.length > 2 && seeds[seeds.length - 1] - seeds[0] + 1 === seeds.length ? `${seeds[0]} to ${seeds[seeds.length - 1]}`
    : seeds.length > 12 ? `${seeds.slice(0, 12).join(', ')} and ${seeds.length - 12} more` : seeds.join(', '));

  function verdict(data, rows) {
    const {counts} = data, first = order.slice(0, 3).find((finding) => counts[finding] > 0);
    const named = rows.filter((r, at) => r.m.finding === first && rows.findIndex((other) => other.m.metric === r.m.metric) === at).slice(0, namedMax).map(({m}) => `${m.metric} ${share(change(m))}`);
    const total = Object.values(counts).reduce((x, y) => x + y, 0), differ = counts['cannot tell'] === 1 ? 'differs' : 'differ';
    const few = rows.some(({m}) => m.finding === 'cannot tell' && m.why === 'too few');
    const found = order.slice(0, first === 'changed' ? 3 : 2).filter((finding) => counts[finding] > 0);
    const strong = first ? found.map((finding) => `${findings[finding].sign} ${counts[finding]} ${finding}`).join(', ') + (first === 'better' ? ', none worse' : '')
      : few ? '? it cannot be told' : counts['cannot tell'] ? '= no difference found' : '= the same';
    const why = first ? named.join(', ') + (counts[first] > named.length ? ', \u2026' : '') : few ? `${counts['cannot tell']} of ${total} metrics ${differ}, and there are too few runs to tell that from chance`
      : counts['cannot tell'] ? `${counts['cannot tell']} of ${total} metrics ${differ}, by no more than chance may make them` : 'in every metric';
    return report.element('div', {class: `verdict ${first ? findings[first].style : 'neutral'}`, role: 'status'},
      report.element('strong', {}, strong), report.element('span', {class: 'why'}, why));
  }

  function sidesTable(data) {
    const failed = (key) => data.groups.reduce((n, g) => n + g[`failed_${key}`], 0);
    const rows = [
      ['results', (s) => report.element('code', {}, s.path)],
      ['runs', (s, key) => `${s.runs}${failed(key) ? `, ${failed(key)} of them did not pass` : ''}`],
      ['seeds', (s) => seedsText(s.seeds)], ['commit', (s) => s.commits.join(', ')], ['world', (s) => s.worlds.join(', ')],
      ['--set', (s) => s.overrides.join(' ')], ['machine', (s) => s.machines.join('; ')],
    ].filter(([, of]) => report.sides.some(({key}) => of(data[key], key)));
    const mark = ({look}) => report.element('i', {class: 'swatch', style: {background: `var(--${look.name})`}});
    return report.table([{name: '', slim: true, show: ([name]) => report.element('span', {class: 'muted'}, name)},
      ...report.sides.map((side) => ({name: [mark(side), ` ${side.name}`], show: ([, of]) => of(data[side.key], side.key) || '\u2013'}))], rows, {label: 'Sides'});
  }

  function metricsTable(rows, many, tested, count) {
    const figure = (m, which) => [byMeans(m) && report.element('span', {class: 'muted', title: 'mean; the medians are equal'}, '\u00f8 '),
      report.figure(m[`${byMeans(m) ? 'mean' : 'median'}_${which}`], unitOf(m))];
    const interval = (m) => m.shift_low !== null && m.shift_high !== null && base(m) !== 0 && m.method !== 'none'
      && `${share(m.shift_low / Math.abs(base(m)))} to ${share(m.shift_high / Math.abs(base(m)))}`;
    return report.table([
      {name: 'Verdict', slim: true, value: ({m}) => `${order.indexOf(m.finding)} ${word(m)}`, show: ({m}) => chip(m.finding, word(m))},
      many && {name: 'Scenario', value: ({g}) => groupName(g), show: ({g}) => groupName(g)},
      {name: 'Metric', wide: !many, value: ({m}) => m.metric, show: ({m}) => [report.element('code', {}, m.metric),
        report.element('span', {class: 'sub'}, `${goods[m.good]}${m.clock === 'wall' ? ', wall clock' : ''}`),
        report.element('span', {class: 'narrow'}, figure(m, 'a'), ' \u2192 ', figure(m, 'b'), change(m) !== 0 && ` (${share(change(m))})`)]},
      {name: 'A', number: true, value: ({m}) => base(m), show: ({m}) => figure(m, 'a')},
      {name: 'B', number: true, value: ({m}) => (byMeans(m) ? m.mean_b : m.median_b), show: ({m}) => figure(m, 'b')},
      {name: 'Difference', number: true, value: ({m}) => difference(m), show: ({m}) => report.element('span', {title: report.units.exact(difference(m), unitOf(m))},
        signed(difference(m), (size) => report.units.text(size, unitOf(m))))},
      {name: 'Change', number: true, value: ({m}) => change(m), show: ({m}) => [report.element('span', {title: change(m) === null ? null : `${change(m) * 100} %`}, share(change(m))),
        interval(m) && report.element('span', {class: 'sub whole'}, interval(m))]},
      tested && {name: 'Effect', number: true, value: ({m}) => (m.method === 'none' ? null : m.effect), show: ({m}) => (m.method === 'none' ? '\u2013'
        : report.element('span', {title: `${m.effect} (${m.method === 'signed_rank' ? 'matched-pairs rank-biserial correlation' : 'Cliff\u2019s delta'})`}, signed(m.effect, (v) => v.toFixed(2))))},
      tested && {name: 'p', number: true, value: ({m}) => (m.method === 'none' ? null : m.p_adjusted), show: ({m}) => (m.method === 'none' ? '\u2013'
        : report.element('span', {title: `${m.p_adjusted}; ${m.p} before it was adjusted for ${count} tests; ${tests[m.method]}, ${m.exact ? 'exact' : 'normal approximation'}`}, p(m.p_adjusted)))},
    ].filter(Boolean), rows, {filter: true, label: 'Metrics', sort: 0});
  }

  function distributions(rows, many) {
    const drawn = rows.filter(({m}) => m.values_a && m.finding !== 'same').slice(0, drawnMax);
    const one = ({g, m}) => report.element('div', {}, report.element('h3', {}, report.element('code', {}, m.metric), ' ', chip(m.finding, `${word(m)} ${share(change(m))}`)),
      many && report.element('div', {class: 'muted'}, groupName(g)),
      report.drawing((width) => report.strip(report.sides.map((side) => ({...side, values: m[`values_${side.key}`], median: m[`median_${side.key}`]})),
        unitOf(m), m.method === 'signed_rank', width)));
    return drawn.length > 0 && [report.element('div', {class: 'multiples'}, drawn.slice(0, drawnOpen).map(one)),
      drawn.length > drawnOpen && report.element('details', {}, report.element('summary', {}, `${drawn.length - drawnOpen} more`),
        report.element('div', {class: 'multiples'}, drawn.slice(drawnOpen).map(one))),
      report.element('p', {class: 'note'}, 'A mark is a value (A: circles, B: diamonds), the box holds the middle half, the thick line is the median'
        + `${drawn.some(({m}) => m.method === 'signed_rank') ? '; a thin line joins the runs of one seed' : ''}.`)];
  }

  const overallTable = (overall) => overall.length > 0 && report.table([
    {name: 'Verdict', slim: true, value: (o) => order.indexOf(o.finding), show: (o) => chip(o.finding, o.finding === 'cannot tell' ? 'too noisy' : findings[o.finding].word)},
    {name: 'Metric', wide: true, value: (o) => o.metric, show: (o) => report.element('code', {}, o.metric)},
    {name: 'Change', number: true, value: (o) => o.ratio, show: (o) => [report.element('span', {title: `${(o.ratio - 1) * 100} %`}, share(o.ratio - 1)),
      o.ratio_low !== null && o.ratio_high !== null && report.element('span', {class: 'sub whole'}, `${share(o.ratio_low - 1)} to ${share(o.ratio_high - 1)}`)]},
    {name: 'Scenarios', number: true, value: (o) => o.scenarios, show: (o) => String(o.scenarios)},
    {name: 'Effect', number: true, value: (o) => o.effect, show: (o) => report.element('span', {title: String(o.effect)}, signed(o.effect, (v) => v.toFixed(2)))},
    {name: 'p', number: true, value: (o) => o.p_adjusted, show: (o) => report.element('span', {title: String(o.p_adjusted)}, p(o.p_adjusted))},
  ], overall, {label: 'Over all scenarios', sort: 0});

  report.page('comparison', (data, main) => {
    const {groups, counts} = data, many = groups.length > 1;
    const rows = groups.flatMap((g) => g.metrics.map((m) => ({g, m}))).sort((x, y) => order.indexOf(x.m.finding) - order.indexOf(y.m.finding));
    const tested = rows.some(({m}) => m.method !== 'none');
    const total = Object.values(counts).reduce((x, y) => x + y, 0);
    main.append(report.element('div', {class: 'head'}, report.element('div', {}, report.element('h1', {}, many ? `${groups.length} scenarios` : groupName(groups[0])),
      report.element('p', {class: 'about'}, `What is better or worse in B, seen from A: ${total} metrics${tested ? `, ${data.tests} tests` : ''}`)), report.theme.button()));
    main.append(verdict(data, rows));
    main.append(report.cards(order.map((finding) => [`${findings[finding].sign} ${findings[finding].word}`, String(counts[finding])])));
    main.append(report.element('div', {class: 'sides'}, sidesTable(data)));
    main.append(...data.warnings.map((warning) => report.element('p', {class: 'warning'}, `! ${warning}`)));
    const missing = report.sides.map(({key, name}) => data[`only_${key}`].length > 0 && `Only in ${name}: ${data[`only_${key}`].slice(0, 20).join(', ')}${data[`only_${key}`].length > 20
      ? ` and ${data[`only_${key}`].length - 20} more` : ''}.`);
    const without = report.sides.map(({key, name}) => {
      const names = [...new Set(groups.flatMap((g) => g[`only_${key}`]))];
      return names.length > 0 && `Metrics only in ${name}: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}.`;
    });
    const notes = [
      tested && `Of the differences that are named, at most ${report.units.text(data.level, 'share')} are chance (${data.tests} tests, adjusted together). Changes under ${report.units.text(data.relevant, 'share')} count as the same.`,
      rows.some(({m}) => m.count_a > 1 || m.count_b > 1) && 'A and B are medians, \u00f8 means' + (groups.some((g) => g.paired) ? '; difference and change are the typical ones of a seed, with their interval.' : '.'),
      rows.some(({m}) => m.finding === 'cannot tell' && !m.unit) && !tested && 'Too few: with one run a change is a fact and no rule; dwcp run --seeds 1..8 or more on both sides shows one.',
      data.metrics_left_out > 0 && `${data.metrics_left_out} more metrics are left out here: dwcp compare --json has them.`,
      data.values_left_out > 0 && `The values of ${data.values_left_out} metrics are not drawn, since there are too many.`, ...missing, ...without,
    ].filter(Boolean);
    const news = rows.filter(({m}) => m.finding !== 'same'), same = rows.filter(({m}) => m.finding === 'same');
    const timelines = data.runs && report.pairedTimelines(data.runs);
    main.append(...[
      report.section('Over all scenarios', {}, overallTable(data.overall), data.overall.length > 0 && report.element('p', {class: 'note'}, 'Each scenario counts once.')),
      report.section('Metrics', {class: 'long'}, news.length > 0 && metricsTable(news, many, tested, data.tests), same.length > 0 && report.element('details', {open: !news.length},
        report.element('summary', {}, `${same.length} that ${same.length === 1 ? 'is' : 'are'} the same`), metricsTable(same, many, tested, data.tests)), notes.map((note) => report.element('p', {class: 'note'}, note))),
      report.section('How A and B spread', {}, distributions(rows, many)),
      timelines && timelines[0],
    ].filter(Boolean));
    if (timelines) timelines[1]();
  });
})();
