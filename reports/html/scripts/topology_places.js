// Where the hosts and switches of a topology stand: hosts in groups at the sides, or above one another on narrow pages.
'use strict';
(() => {
  const hostWidth = 132, hostLine = 16;
  const hostHeight = (host) => 30 + hostLine * Math.min(host.vms.length, 4) + (host.vms.length ? 6 : 0);

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
    return [...groups.values()];
  }
  report.topologyGroups = groupsOf;

  // The groups as they are to stand.
  function standing(topology) {
    const all = groupsOf(topology);
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

  // {places by name: {x, y, host, w, h} or {x, y, wired}, boxes of sites, height, upright}.
  report.placeTopology = (topology, width) => {
    if (accessSwitches(topology).length > 2) return tiers(topology, width);
    const groups = standing(topology), places = new Map(), boxes = [];
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
    const gapForWires = topology.switches.length > 1 ? 190 : 116, gaps = [];
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
        height += Math.max(...row.map((b) => b.height));
        if (at + 1 === rows.length) return;
        gaps.push([height + 24, height + gapForWires - 44]);
        height += gapForWires;
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
    placeSwitches(topology, places, width, height, gaps);
    return {places, boxes, height: Math.max(height, 60) + 4, upright, hostLine, wide: width};
  };

  // Many switches with hosts: they stand in a row, their hosts below, and the switches between them above. May be wider than
  // the page, which then scrolls the drawing.
  const accessSwitches = (topology) => topology.switches.filter((name) => topology.links.some((link) => link.between.includes(name) &&
    topology.hosts.some((host) => link.between.includes(host.name))));
  function tiers(topology, width) {
    const access = accessSwitches(topology), others = topology.switches.filter((name) => !access.includes(name));
    const places = new Map(), column = Math.max(hostWidth + 14, width / access.length), wide = column * access.length;
    const top = others.length ? 120 : 30;
    others.forEach((name, at) => places.set(name, {x: wide * (at + 0.5) / others.length, y: 30, wired: true}));
    let height = top;
    access.forEach((name, at) => {
      const x = column * (at + 0.5);
      places.set(name, {x, y: top, wired: true});
      let y = top + 66;
      for (const host of topology.hosts) {
        if (places.has(host.name) || !topology.links.some((l) => l.between.includes(name) && l.between.includes(host.name))) continue;
        const h = hostHeight(host);
        places.set(host.name, {x, y: y + h / 2, host, w: hostWidth, h});
        y += h + 12;
      }
      height = Math.max(height, y);
    });
    return {places, boxes: [], height, upright: false, hostLine, wide};
  }

  const nearest = (gaps, y) => gaps.reduce((best, gap) =>
    (Math.abs(y - (gap[0] + gap[1]) / 2) < Math.abs(y - (best[0] + best[1]) / 2) ? gap : best));

  // Each switch stands where its neighbours pull it, away from other switches.
  function placeSwitches(topology, places, width, height, gaps) {
    const upright = gaps.length > 0;
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
        const [low, high] = upright ? nearest(gaps, pull.y) : [24, height - 24];
        spot.y = Math.min(Math.max(pull.y, low), high);
      }
    }
  }
})();
