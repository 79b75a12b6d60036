// The world of the run as a drawing: hosts with their VMs, by site, switches, links with rate and delay.
'use strict';
(() => {
  const text = (value, unit) => report.units.text(value, unit);
  const hostWidth = 132, hostLine = 16, switchRadius = 17;
  const hostHeight = (host) => 30 + hostLine * Math.min(host.vms.length, 4) + (host.vms.length ? 6 : 0);

  const describe = (link, lines) => {
    const parts = [text(link.rate_bps, 'bit/s'),
      text(link.delay_s, 's') + (link.jitter_s ? ` \u00b1 ${text(link.jitter_s, 's')}` : ''),
      link.loss && `${text(link.loss, 'share')} loss`].filter(Boolean);
    return lines ? parts : [parts.join(' \u00b7 ')];
  };

  // Hosts that stand together: of one site, or behind one switch, or each by itself.
  function groupsOf(topology) {
    const groups = new Map();
    const peers = (name) => topology.links.filter((l) => l.between.includes(name)).map((l) => l.between.find((n) => n !== name));
    for (const host of topology.hosts) {
      const access = peers(host.name).find((name) => topology.switches.includes(name));
      const key = host.site ? `site ${host.site}` : access ? `switch ${access}` : `host ${host.name}`;
      if (!groups.has(key)) groups.set(key, {site: host.site, hosts: []});
      groups.get(key).hosts.push(host);
    }
    const all = [...groups.values()];
    if (all.length === 1 && all[0].hosts.length > 1) {  // a star, or a pair within one site: one half on each side
      const [{site, hosts}] = all, half = Math.ceil(hosts.length / 2);
      return [{site, hosts: hosts.slice(0, half)}, {site, hosts: hosts.slice(half)}];
    }
    if (!topology.switches.length && all.length > 2) {  // who has most links goes before the others
      const degree = (group) => topology.links.filter((l) => l.between.some((name) => group.hosts.some((h) => h.name === name))).length;
      const hub = all.reduce((most, group) => (degree(group) > degree(most) ? group : most));
      return [hub, ...all.filter((group) => group !== hub)];
    }
    return all;
  }

  function place(topology, width) {
    const groups = groupsOf(topology), places = new Map(), boxes = [];
    const upright = width < 620;
    const columns = groups.length <= 4 || upright || !topology.switches.length ? 2 : 3;
    const perRow = upright ? Math.max(1, Math.floor((width - 8) / (hostWidth + 14))) : 2;
    let height = 0;
    // Blocks of hosts: beside one another on wide pages, above one another on narrow ones.
    const blocks = groups.map((group) => {
      const across = upright ? Math.min(perRow, group.hosts.length) : group.hosts.length > 6 ? 2 : 1;
      const rows = Math.ceil(group.hosts.length / across);
      const rowHeight = Math.max(...group.hosts.map(hostHeight)) + 16;
      return {group, across, rows, rowHeight, width: across * (hostWidth + 14) + 10, height: rows * rowHeight + (group.site ? 26 : 8)};
    });
    const gapForWires = upright ? 116 : 0;
    const put = (block, left, top) => {
      block.group.hosts.forEach((host, at) => {
        const x = left + 5 + (at % block.across) * (hostWidth + 14) + 7 + hostWidth / 2;
        const y = top + (block.group.site ? 26 : 8) + Math.floor(at / block.across) * block.rowHeight + (block.rowHeight - 16) / 2;
        places.set(host.name, {x, y, host, w: hostWidth, h: hostHeight(host)});
      });
      if (block.group.site) boxes.push({x: left, y: top, w: block.width, h: block.height, name: block.group.site});
    };
    const star = !topology.switches.length && blocks.length > 2;
    if (upright) {
      // Rows of blocks that fit beside one another; without a switch the hub has the first row.
      const rows = [];
      for (const block of blocks) {
        const row = rows[rows.length - 1];
        const taken = row ? row.reduce((sum, b) => sum + b.width + 10, 0) : 0;
        if (star && row && rows.length > 1 && taken + block.width <= width) row.push(block);
        else rows.push([block]);
      }
      rows.forEach((row, at) => {
        let left = Math.max(0, (width - row.reduce((sum, b) => sum + b.width + 10, -10)) / 2);
        for (const block of row) {
          put(block, left, height);
          left += block.width + 10;
        }
        height += Math.max(...row.map((b) => b.height)) + (at + 1 < rows.length ? gapForWires : 0);
      });
    } else {
      const stacks = Array.from({length: columns}, () => []);
      blocks.forEach((block, at) => stacks[star ? Math.min(at, 1) : at % columns].push(block));
      const stackHeight = (stack) => stack.reduce((sum, b) => sum + b.height + 28, -28);
      height = Math.max(...stacks.map(stackHeight));
      stacks.forEach((stack, at) => {
        const wide = Math.max(...stack.map((b) => b.width));
        const left = columns === 1 ? (width - wide) / 2 : (width - wide) * at / (columns - 1);
        let top = (height - stackHeight(stack)) / 2;
        for (const block of stack) {
          put(block, left + (wide - block.width) * (at / Math.max(columns - 1, 1)), top);
          top += block.height + 28;
        }
      });
    }
    placeSwitches(topology, places, width, height, upright);
    return {places, boxes, height: Math.max(height, 60) + 4, upright};
  }

  // Each switch stands where its neighbours pull it, away from other switches.
  function placeSwitches(topology, places, width, height, upright) {
    const middle = {x: width / 2, y: height / 2};
    topology.switches.forEach((name, at) => places.set(name, {x: middle.x + at, y: middle.y + at, wired: true}));
    for (let turn = 0; turn < 60; ++turn) {
      for (const name of topology.switches) {
        const near = topology.links.filter((l) => l.between.includes(name))
          .map((l) => places.get(l.between.find((n) => n !== name))).filter(Boolean);
        const spot = places.get(name);
        const pull = {x: (near.reduce((s, p) => s + p.x, middle.x)) / (near.length + 1),
          y: (near.reduce((s, p) => s + p.y, middle.y)) / (near.length + 1)};
        for (const other of topology.switches) {
          if (other === name) continue;
          const o = places.get(other), dx = spot.x - o.x, dy = spot.y - o.y, distance = Math.hypot(dx, dy) || 1;
          if (distance < 110) (upright ? (pull.x += dx / distance * 40) : (pull.y += dy / distance * 40), pull.x += dx / distance * 20);
        }
        const inset = upright ? 30 : hostWidth + 60;
        spot.x = Math.min(Math.max(pull.x, Math.min(inset, middle.x)), Math.max(width - inset, middle.x));
        spot.y = Math.min(Math.max(pull.y, 24), height - 24);
      }
    }
  }

  function draw(topology, width) {
    const {places, boxes, height, upright} = place(topology, width);
    const labelled = topology.links.length <= 8;
    const together = new Map();  // links of the same two ends
    for (const link of topology.links) {
      const key = link.between.slice().sort().join('\u0000');
      if (!together.has(key)) together.set(key, []);
      together.get(key).push(link);
    }
    const wires = [], labels = [];
    for (const links of together.values()) {
      links.forEach((link, at) => {
        const [a, b] = link.between.map((name) => places.get(name));
        if (!a || !b) return;
        const spread = (at - (links.length - 1) / 2) * (upright ? 118 : 46);
        const level = Math.abs(a.x - b.x) > Math.abs(a.y - b.y);
        const control = level ? {x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + spread * 2} : {x: (a.x + b.x) / 2 + spread * 2, y: (a.y + b.y) / 2};
        wires.push(report.svg('path', {class: 'wire', d: `M${a.x},${a.y} Q${control.x},${control.y} ${b.x},${b.y}`,
          'stroke-width': Math.min(5, Math.max(1.5, Math.log10(link.rate_bps) - 6.5))},
        report.svg('title', {}, `${link.name}: ${describe(link).join('')}`)));
        if (!labelled) return;
        const at_ = {x: (a.x + b.x) / 4 + control.x / 2, y: (a.y + b.y) / 4 + control.y / 2};
        const lines = [link.name, ...describe(link, upright || topology.switches.length > 0)];
        const top = at_.y - (lines.length - 1) * 7.5 + 4 - (level && !upright && topology.switches.length === 0 ? 18 : 0);
        labels.push(lines.map((line, n) => report.svg('text', {x: at_.x, y: top + n * 15, 'text-anchor': 'middle',
          class: `halo ${n ? 'muted small' : 'strong'}`}, line)));
      });
    }
    const nodes = [];
    for (const [name, spot] of places) {
      if (spot.wired) {
        nodes.push(report.svg('circle', {class: 'switch', cx: spot.x, cy: spot.y, r: switchRadius}),
          report.svg('text', {x: spot.x, y: spot.y + switchRadius + 14, 'text-anchor': 'middle', class: 'halo small'}, name));
        continue;
      }
      const top = spot.y - spot.h / 2, shown = spot.host.vms.slice(0, spot.host.vms.length > 4 ? 3 : 4);
      const left_out = spot.host.vms.length - shown.length;
      nodes.push(report.svg('rect', {class: 'host', x: spot.x - spot.w / 2, y: top, width: spot.w, height: spot.h, rx: 6}),
        report.svg('text', {x: spot.x, y: top + 20, 'text-anchor': 'middle', class: 'strong'}, clipped(name)),
        shown.map((vm, n) => report.svg('text', {x: spot.x, y: top + 38 + n * hostLine, 'text-anchor': 'middle', class: 'muted small'},
          clipped(vm))),
        left_out > 0 && report.svg('text', {x: spot.x, y: top + 38 + 3 * hostLine, 'text-anchor': 'middle', class: 'muted small'},
          `and ${left_out} more`));
    }
    return report.svg('svg', {class: 'topology', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': `${topology.hosts.length} hosts, ${topology.links.length} links`},
    boxes.map((box) => [report.svg('rect', {class: 'site', x: box.x + 0.5, y: box.y + 0.5, width: box.w - 1, height: box.h - 1, rx: 8}),
      report.svg('text', {x: box.x + 12, y: box.y + 17, class: 'muted small'}, box.name)]), wires, labels, nodes);
  }
  const clipped = (name) => (name.length > 18 ? `${name.slice(0, 17)}\u2026` : name);

  const range = (values, unit) => {
    const low = Math.min(...values), high = Math.max(...values);
    return low === high ? text(low, unit) : `${text(low, unit)} to ${text(high, unit)}`;
  };

  report.topology = (topology) => {
    if (!topology || !topology.hosts.length) return null;
    const links = report.table([
      {name: 'Link', value: (l) => l.name, show: (l) => l.name},
      {name: 'Between', value: (l) => l.between.join(), show: (l) => l.between.join(' \u2014 ')},
      {name: 'Rate', number: true, value: (l) => l.rate_bps, show: (l) => report.figure(l.rate_bps, 'bit/s')},
      {name: 'Delay', number: true, value: (l) => l.delay_s, show: (l) => report.figure(l.delay_s, 's')},
      {name: 'Jitter', number: true, value: (l) => l.jitter_s, show: (l) => report.figure(l.jitter_s, 's')},
      {name: 'Loss', number: true, value: (l) => l.loss, show: (l) => report.figure(l.loss, 'share')},
    ], topology.links, {label: 'Links'});
    return [report.drawing((width) => draw(topology, width)),
      report.element('details', {}, report.element('summary', {}, `${topology.links.length} link${topology.links.length > 1 ? 's' : ''}: ${
        range(topology.links.map((l) => l.rate_bps), 'bit/s')}, ${range(topology.links.map((l) => l.delay_s), 's')}`), links)];
  };
})();
