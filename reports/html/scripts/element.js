// Elements. What comes from files goes in as text, never as HTML.
'use strict';
(() => {
  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (name === 'style') Object.assign(node.style, value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    for (const child of children.flat(3))
      if (child !== undefined && child !== null && child !== false) node.append(child);
    return node;
  };
  report.element = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  report.svg = (tag, attributes, ...children) =>
    fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

  // A part of the page with a heading; nothing where it would be empty.
  report.section = (title, attributes, ...children) => {
    const parts = children.flat(3).filter(Boolean);
    if (!parts.length) return null;
    return report.element('section', attributes, report.element('h2', {}, title), parts);
  };

  // A drawing as wide as there is room, drawn again when that changes: draw(width in pixels) returns an SVG element.
  report.drawing = (draw, attributes) => {
    const box = report.element('div', attributes);
    let width = 0;
    const show = () => {
      const now = Math.floor(box.clientWidth);
      if (now === 0 || now === width) return;
      width = now;
      box.replaceChildren(draw(width));
    };
    new ResizeObserver(show).observe(box);
    return box;
  };

  // A command with a button that copies it.
  report.replay = (command) => {
    const button = report.element('button', {type: 'button', onclick: () => copy(command, button)}, 'Copy');
    return report.element('div', {class: 'replay'}, report.element('code', {tabindex: '0'}, command), button);
  };
  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {  // a page from a file may not be allowed to
      const area = report.element('textarea', {}, text);
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  }
})();
