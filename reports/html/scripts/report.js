// What the other scripts add to: parts, and one page for each kind of data.
'use strict';
const report = {
  pages: {},
  // show(data, main) fills `main` for data whose "kind" this is.
  page(kind, show) {
    report.pages[kind] = show;
  },
};
