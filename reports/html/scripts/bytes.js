// Guest memory by class of encoding, and what of it went over the wire.
'use strict';
(() => {
  const order = ['zero', 'unchanged', 'delta', 'lz4', 'zstd', 'raw', 'overhead'];
  const colours = {zero: 'series-7', unchanged: 'series-5', delta: 'series-3', lz4: 'series-2', zstd: 'series-1', raw: 'series-4', overhead: 'series-8'};
  const about = {zero: 'all bytes are zero: nothing is sent', unchanged: 'the destination has it already', delta: 'differences to what the destination has',
    lz4: 'compressed', zstd: 'compressed', raw: 'sent as it is', overhead: 'headers and checksums of batches'};

  report.bytes = (migrations) => {
    const sums = new Map();
    for (const m of migrations)
      for (const [name, {bytes_in, bytes_out}] of Object.entries(m.classes || {})) {
        const sum = sums.get(name) || {name, in: 0, out: 0};
        sum.in += bytes_in;
        sum.out += bytes_out;
        sums.set(name, sum);
      }
    const rows = [...sums.values()].filter((s) => s.in || s.out)
      .sort((a, b) => (order.indexOf(a.name) + 1 || 99) - (order.indexOf(b.name) + 1 || 99));
    if (!rows.length) return null;
    const total = {in: rows.reduce((s, r) => s + r.in, 0), out: rows.reduce((s, r) => s + r.out, 0)};
    const scale = Math.max(total.in, total.out);
    const bar = (name, side) => [
      report.element('div', {class: 'bar-name'}, report.element('span', {}, name), report.figure(total[side], 'B')),
      report.element('div', {class: 'stack', role: 'img', 'aria-label': `${name}: ${report.units.text(total[side], 'B')}`},
        rows.filter((r) => r[side]).map((r) => report.element('span', {title: `${r.name}: ${report.units.text(r[side], 'B')}`,
          style: {width: `${r[side] / scale * 100}%`, background: `var(--${colours[r.name] || 'series-8'})`}})))];
    const swatch = (r) => report.element('span', {}, report.element('i', {class: 'swatch', style: {background: `var(--${colours[r.name] || 'series-8'})`}}), r.name);
    return [report.element('div', {class: 'bars'}, bar('guest memory read', 'in'), bar('on the wire', 'out')),
      report.element('div', {style: {marginTop: '14px'}}, report.table([
        {name: 'Class', value: (r) => r.name, show: (r) => [swatch(r), about[r.name] && report.element('span', {class: 'sub'}, about[r.name])]},
        {name: 'Guest memory', number: true, value: (r) => r.in, show: (r) => report.figure(r.in, 'B')},
        {name: 'On the wire', number: true, value: (r) => r.out, show: (r) => report.figure(r.out, 'B')},
        {name: 'Ratio', number: true, value: (r) => (r.out && r.in ? r.in / r.out : null), show: (r) => (r.out && r.in ? report.figure(r.in / r.out, '\u00d7') : '')},
      ], rows, {label: 'Bytes by class', foot: ['total', report.figure(total.in, 'B'), report.figure(total.out, 'B'),
        total.out ? report.figure(total.in / total.out, '\u00d7') : '']}))];
  };
})();
