// Tables that sort by a click on a head, and show their first rows until asked for all.
'use strict';
(() => {
  const rowsShown = 100;

  // columns: [{name, number, wide, slim: bool, value(row) to sort by, show(row) for the cell}]; options: {sort: column,
  // descending, foot: [cells], filter: bool}.
  report.table = (columns, rows, options = {}) => {
    let order = rows.slice(), all = false, wanted = '';
    const body = report.element('tbody');
    const more = report.element('button', {type: 'button', class: 'more-rows', onclick: () => { all = true; show(); }});
    const cellClass = (column) => [column.number && 'number', column.wide && 'wide', column.slim && 'slim'].filter(Boolean).join(' ') || null;
    const heads = columns.map((column, at) => report.element('th', {class: cellClass(column), scope: 'col'},
      column.value ? report.element('button', {type: 'button', onclick: () => sort(at)}, column.name) : column.name));

    function show() {
      const matching = wanted ? order.filter((row) => textOf(row).includes(wanted)) : order;
      const shown = all ? matching : matching.slice(0, rowsShown);
      body.replaceChildren(...shown.map((row) => report.element('tr', {}, columns.map((column) =>
        report.element('td', {class: cellClass(column)}, column.show(row))))));
      more.hidden = shown.length === matching.length;
      more.textContent = `Show all ${matching.length} rows`;
    }
    const texts = new Map();
    function textOf(row) {
      if (!texts.has(row)) texts.set(row, columns.map((c) => String(c.value ? c.value(row) : '')).join(' ').toLowerCase());
      return texts.get(row);
    }
    function sort(at, descending) {
      const head = heads[at];
      const down = descending !== undefined ? descending : head.getAttribute('aria-sort') === 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const known = (v) => v !== null && v !== undefined && v !== '';
      order = rows.slice().sort((one, two) => {
        const a = columns[at].value(one), b = columns[at].value(two);
        if (known(a) !== known(b)) return known(a) ? -1 : 1;  // what is not known comes last, either way
        const less = typeof a === 'number' && typeof b === 'number' ? a - b
          : String(a).localeCompare(String(b), 'en', {numeric: true});
        return down ? -less : less;
      });
      show();
    }

    if (options.sort !== undefined) sort(options.sort, Boolean(options.descending));
    else show();
    const filter = options.filter && rows.length > 12 && report.element('input', {
      class: 'filter', type: 'search', placeholder: 'Filter rows', 'aria-label': 'Filter rows', oninput: (event) => {
        wanted = event.target.value.trim().toLowerCase();
        show();
      }});
    return report.element('div', {}, filter,
      report.element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': options.label || 'Table'},
        report.element('table', {}, report.element('thead', {}, report.element('tr', {}, heads)), body,
          options.foot && report.element('tfoot', {}, report.element('tr', {}, options.foot.map((cell, at) =>
            report.element('td', {class: cellClass(columns[at])}, cell)))))),
      more);
  };
})();
