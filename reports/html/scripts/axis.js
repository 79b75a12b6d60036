// Ticks at round values, for the charts and for the drawings.
'use strict';
(() => {
  const timeSteps = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
    10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800];
  const niceStep = (rough) => {
    const power = Math.pow(10, Math.floor(Math.log10(rough)));
    return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough * 0.999);
  };

  // About `count` multiples of one step between low and high.
  report.ticks = (low, high, count, unit) => {
    if (!(high > low)) return [low];
    const rough = (high - low) / Math.max(count, 1);
    let step;
    if (unit === 's' && high >= 90) step = timeSteps.find((s) => s >= rough) || timeSteps[timeSteps.length - 1];
    else if (unit === 'B') {
      step = Math.pow(2, Math.max(0, Math.ceil(Math.log2(rough) - 0.01)));
    } else step = niceStep(rough);
    const ticks = [];
    for (let n = Math.ceil(low / step - 1e-9); n * step <= high * (1 + 1e-12) + 1e-15; ++n) ticks.push(n * step);
    return ticks;
  };

  // Of a value that lasts, such as a round trip: all ticks in one unit.
  const lastingText = (value, high) => {
    const [factor, name] = high >= 1 ? [1, 's'] : high >= 1e-3 ? [1e3, 'ms'] : [1e6, '\u00b5s'];
    return `${Number((value * factor).toPrecision(6))} ${name}`;
  };

  // A tick's text: without the noise of binary fractions, as many digits as the step needs.
  report.tickText = (value, unit, high, lasting) => {
    if (unit === 's' && lasting) return lastingText(value, high);
    if (unit === 's' && high >= 90) {
      const s = Math.round(value);
      const pad = (n) => String(n).padStart(2, '0');
      return high >= 7200 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s % 3600 / 60))} h` : `${Math.floor(s / 60)}:${pad(s % 60)} min`;
    }
    return report.units.text(Number(value.toPrecision(12)), unit).replace(/\.(\d*?)0+(?!\d)/, (_, rest) => (rest ? `.${rest}` : ''));
  };
})();
