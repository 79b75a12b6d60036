// Shows the page that the data asks for.
'use strict';
(() => {
  const main = document.getElementById('report');
  const data = JSON.parse(document.getElementById('data').textContent);
  report.theme.start();
  const show = report.pages[data.kind];
  if (!show) {
    main.append(report.element('p', {}, `This page cannot show data of kind "${data.kind}".`));
    return;
  }
  show(data, main);
  document.documentElement.dataset.ready = 'yes';
})();
