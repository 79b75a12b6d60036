// Light and dark: as the system says until the reader chooses. On paper it is light.
'use strict';
(() => {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const listeners = [];
  let chosen = null, printing = false;
  const apply = () => {
    const theme = printing ? 'light' : chosen || (dark.matches ? 'dark' : 'light');
    document.documentElement.dataset.theme = theme;
    for (const listener of listeners) listener();
  };
  const choices = [[null, 'System'], ['light', 'Light'], ['dark', 'Dark']];
  report.theme = {
    start() {
      apply();
      dark.addEventListener('change', apply);
      window.addEventListener('beforeprint', () => { printing = true; apply(); });
      window.addEventListener('afterprint', () => { printing = false; apply(); });
    },
    // Called after each change, for what does not follow styles by itself.
    changed(listener) { listeners.push(listener); },
    colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(); },
    button() {
      const select = report.element('select', {class: 'theme', 'aria-label': 'Colours', onchange: () => {
        chosen = choices[select.selectedIndex][0];
        apply();
      }}, choices.map(([, name]) => report.element('option', {}, name)));
      return select;
    },
  };
  // The n-th series is told from the others by colour, from the ninth on by its dashes too.
  const dashes = [null, [7, 3], [2, 3], [9, 3, 2, 3]];
  report.series = (n) => ({name: `series-${n % 8 + 1}`, dashes: dashes[Math.floor(n / 8) % dashes.length]});
})();
