// The search, where the site is opened from a folder: a browser then lets a page neither fetch the index nor start the worker that
// looks it up, but it runs scripts. search/search_index.js has both as data; build.py writes it.
"use strict";

if (location.protocol === "file:") {
  const root = document.currentScript.dataset.root;
  document.write(`<script src="${root}/search/search_index.js"></scr` + "ipt>");

  const Native = window.Worker;
  window.Worker = function (address, options) {
    const text = window.__worker && String(address).includes("/workers/search.") ? window.__worker : null;
    if (text === null) return new Native(address, options);
    return new Native(URL.createObjectURL(new Blob([text], {type: "text/javascript"})), options);
  };
}
