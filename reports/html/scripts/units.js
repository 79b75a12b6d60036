// Figures as people read them, three digits, with the exact value beside.
'use strict';
(() => {
  const three = (value) => {
    const size = Math.abs(value);
    if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
    return size >= 10 ? value.toFixed(1) : size >= 0.1 ? value.toFixed(2) : String(Number(value.toPrecision(2)));
  };
  const scaled = (value, base, names) => {
    let at = 0, rest = value;
    while (Math.abs(rest) >= base * 0.9995 && at + 1 < names.length) {
      rest /= base;
      ++at;
    }
    return `${three(rest)} ${names[at]}`;
  };
  const time = (s) => {
    const size = Math.abs(s);
    if (size === 0) return '0 s';
    if (size < 1e-6) return `${three(s * 1e9)} ns`;
    if (size < 1e-3) return `${three(s * 1e6)} \u00b5s`;
    if (size < 1) return `${three(s * 1e3)} ms`;
    if (size < 120) return `${three(s)} s`;
    if (size < 7200) return `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')} min`;
    return `${Math.floor(s / 3600)}:${String(Math.floor(s % 3600 / 60)).padStart(2, '0')} h`;
  };
  const forms = {
    'bit/s': (v) => scaled(v, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']),
    'B': (v) => scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
    'B/s': (v) => `${scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'])}/s`,
    's': time,
    '%': (v) => `${three(v)} %`,
    'share': (v) => `${three(v * 100)} %`,
    '\u00d7': (v) => `${three(v)} \u00d7`,
    '1': (v) => scaled(v, 1000, ['', 'k', 'M', 'G']).trim(),
  };
  // By the ends of metrics' names.
  const unitOf = (metric) => {
    if (/_s$|_s\.(p\d+|max)$/.test(metric)) return 's';
    if (/_bytes_per_hour$/.test(metric)) return 'B';
    if (/_bps$/.test(metric)) return 'bit/s';
    if (/bytes/.test(metric)) return 'B';
    if (/_percent$/.test(metric)) return '%';
    if (metric === 'hde.ratio') return '\u00d7';
    if (/ratio$|utilisation$|loss$/.test(metric)) return 'share';
    return '1';
  };
  // A figure and its unit stay on one line.
  const text = (value, unit) => (value === null || value === undefined ? '\u2013'
    : (unit in forms ? forms[unit](value) : `${three(value)} ${unit}`).replace(/ /g, '\u00a0'));
  const names = {'share': '', '1': '', '\u00d7': ''};
  const exact = (value, unit) => `${value} ${unit in names ? names[unit] : unit}`.trim();
  report.units = {text, exact, unitOf, time};

  // The figure as an element that shows the exact value when pointed at.
  report.figure = (value, unit) => {
    const shown = text(value, unit);
    if (value === null || value === undefined) return report.element('span', {class: 'muted'}, shown);
    const whole = exact(value, unit);
    return report.element('span', whole === shown.replace(/\u00a0/g, ' ') ? {} : {title: whole}, shown);
  };

  // What a written value such as "50ms" or "1Gbit/s" amounts to, to sort by; nothing for what is no quantity.
  const factors = {
    ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, '%': 0.01, 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9,
    'B': 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1048576, GiB: 1073741824, 'B/s': 8, 'kB/s': 8e3, 'MB/s': 8e6, 'GB/s': 8e9,
    '': 1,
  };
  report.units.quantity = (written) => {
    const found = /^\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*([^\d\s]*)\s*$/i.exec(String(written).replace(/^"|"$/g, ''));
    return found && found[2] in factors ? Number(found[1]) * factors[found[2]] : undefined;
  };
})();
