// Whether it passed, what failed and by how much, the figures that matter most.
'use strict';
(() => {
  const text = (value, unit) => report.units.text(value, unit), unitOf = (metric) => report.units.unitOf(metric);
  const signs = {passed: '\u2713', failed: '\u2717', aborted: '\u25a0'};

  report.chip = (verdict) => report.element('span', {class: `chip ${verdict}`}, `${signs[verdict] || ''} ${verdict}`);

  // "18 % above 300 ms" for a threshold that does not hold.
  report.distance = (threshold) => {
    if (threshold.value === null) return 'the run did not yield it';
    if (threshold.bound === undefined) return '';
    const unit = unitOf(threshold.expr.split(' ')[0]), bound = text(threshold.bound, unit);
    const difference = threshold.value - threshold.bound;
    if (difference === 0) return `exactly ${bound}`;
    const side = difference > 0 ? 'above' : 'below';
    if (threshold.bound === 0 || unit === '1') return `${text(Math.abs(difference), unit)} ${side} ${bound}`;
    const share = Math.abs(difference / threshold.bound);
    return share >= 10 ? `${text(threshold.value / threshold.bound, '1')} times ${bound}` : `${text(share, 'share')} ${side} ${bound}`;
  };

  report.thresholds = (thresholds) => {
    if (!thresholds.length) return null;
    const failedFirst = thresholds.slice().sort((a, b) => Number(a.ok) - Number(b.ok));
    return report.table([
      {name: '', slim: true, show: (t) => report.element('span', {class: t.ok ? 'good' : 'bad', title: t.ok ? 'holds' : 'does not hold'},
        t.ok ? '\u2713' : '\u2717')},
      {name: 'Threshold', value: (t) => t.expr, show: (t) => [report.element('code', {}, t.expr),
        report.distance(t) && report.element('span', {class: `sub${t.ok ? '' : ' bad'}`}, report.distance(t))]},
      {name: 'Value', number: true, value: (t) => t.value, show: (t) => report.figure(t.value, unitOf(t.expr.split(' ')[0]))},
    ], failedFirst, {label: 'Thresholds'});
  };

  report.verdict = (result) => {
    const broken = result.thresholds.filter((t) => !t.ok).length;
    const found = result.violations.length;
    const why = result.reason || [
      found && `${found} violation${found > 1 ? 's' : ''}`,
      broken && `${broken} of ${result.thresholds.length} thresholds ${broken > 1 ? 'do' : 'does'} not hold`,
    ].filter(Boolean).join(', ');
    return report.element('div', {class: `verdict ${result.verdict}`, role: 'status'},
      report.element('strong', {}, `${signs[result.verdict] || ''} ${result.verdict}`),
      report.element('span', {class: 'why'}, why || (result.thresholds.length
        ? `${result.thresholds.length === 1 ? 'the threshold holds' : `all ${result.thresholds.length} thresholds hold`}` : '')));
  };

  report.violations = (violations) => violations.length > 0 && report.table([
    {name: 'At', number: true, value: (v) => v.time_s, show: (v) => report.figure(v.time_s, 's')},
    {name: 'Checker', value: (v) => v.checker, show: (v) => v.checker},
    {name: 'Violation', wide: true, value: (v) => v.detail, show: (v) => v.detail},
  ], violations, {label: 'Violations'});

  report.cards = (cards) => report.element('div', {class: 'cards'}, cards.filter(Boolean).map(([name, figure, more]) =>
    report.element('div', {class: 'card'}, report.element('div', {class: 'name'}, name),
      report.element('div', {class: 'figure'}, figure), more && report.element('div', {class: 'more'}, more))));
})();
