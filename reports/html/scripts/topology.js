// The world of the run as a drawing: hosts with their VMs, by site, switches, links with rate and delay.
'use strict';
(() => {
  const text = (value, unit) => report.units.text(value, unit);
  const switchRadius = 17;

  const describe = (link, lines) => {
    const parts = [text(link.rate_bps, 'bit/s'),
      text(link.delay_s, 's') + (link.jitter_s ? ` \u00b1 ${text(link.jitter_s, 's')}` : ''),
      link.loss && `${text(link.loss, 'share')} loss`].filter(Boolean);
    return lines ? parts : [parts.join(' \u00b7 ')];
  };

  function draw(topology, width) {
    const {places, boxes, height, upright, hostLine, wide} = report.placeTopology(topology, width);
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
        report.svg('text', {x: spot.x, y: top + 20, 'text-anchor': 'middle', class: 'strong'}, clipped(spot.host.label || name)),
        shown.map((vm, n) => report.svg('text', {x: spot.x, y: top + 38 + n * hostLine, 'text-anchor': 'middle', class: 'muted small'},
          clipped(vm))),
        left_out > 0 && report.svg('text', {x: spot.x, y: top + 38 + 3 * hostLine, 'text-anchor': 'middle', class: 'muted small'},
          `and ${left_out} more`));
    }
    return report.svg('svg', {class: 'topology', width: wide, height, viewBox: `0 0 ${wide} ${height}`, role: 'img', style: {maxWidth: 'none'},
      'aria-label': `${topology.hosts.length} hosts, ${topology.links.length} links`},
    boxes.map((box) => [report.svg('rect', {class: 'site', x: box.x + 0.5, y: box.y + 0.5, width: box.w - 1, height: box.h - 1, rx: 8}),
      report.svg('text', {x: box.x + 12, y: box.y + 17, class: 'muted small'}, box.name)]), wires, labels, nodes);
  }
  const clipped = (name) => (name.length > 18 ? `${name.slice(0, 17)}\u2026` : name);

  const range = (values, unit) => {
    const low = Math.min(...values), high = Math.max(...values);
    return low === high ? text(low, unit) : `${text(low, unit)} to ${text(high, unit)}`;
  };

  // Of many hosts, those behind one switch or of one site become one.
  const hostsDrawn = 36;
  function condensed(topology) {
    if (topology.hosts.length <= hostsDrawn) return topology;
    const names = new Map(), hosts = [];
    for (const group of report.topologyGroups(topology)) {
      const whole = group.hosts.length > 2;
      for (const host of group.hosts) names.set(host.name, whole ? `${group.hosts[0].name} \u2026 ${group.hosts[group.hosts.length - 1].name}` : host.name);
      const vms = group.hosts.reduce((sum, host) => sum + host.vms.length, 0);
      hosts.push(...(whole ? [{name: names.get(group.hosts[0].name), label: `${group.hosts.length} hosts`, site: group.site,
        vms: [`${group.hosts[0].name} to`, group.hosts[group.hosts.length - 1].name, `${vms} VMs`]}] : group.hosts));
    }
    const links = new Map();
    for (const link of topology.links) {
      const between = link.between.map((name) => names.get(name) || name), key = between.slice().sort().join('\u0000');
      const known = links.get(key);
      if (between[0] === between[1]) continue;
      links.set(key, known ? Object.assign(known, {count: known.count + 1, name: `${known.count + 1} links`}) : Object.assign({}, link, {between, count: 1}));
    }
    return {hosts, switches: topology.switches, links: [...links.values()]};
  }

  report.topology = (topology) => {
    if (!topology || !topology.hosts.length) return null;
    const drawn = condensed(topology);
    const links = report.table([
      {name: 'Link', value: (l) => l.name, show: (l) => l.name},
      {name: 'Between', value: (l) => l.between.join(), show: (l) => l.between.join(' \u2014 ')},
      {name: 'Rate', number: true, value: (l) => l.rate_bps, show: (l) => report.figure(l.rate_bps, 'bit/s')},
      {name: 'Delay', number: true, value: (l) => l.delay_s, show: (l) => report.figure(l.delay_s, 's')},
      {name: 'Jitter', number: true, value: (l) => l.jitter_s, show: (l) => report.figure(l.jitter_s, 's')},
      {name: 'Loss', number: true, value: (l) => l.loss, show: (l) => report.figure(l.loss, 'share')},
    ], topology.links, {label: 'Links'});
    return [drawn.hosts.length <= hostsDrawn ? report.drawing((width) => draw(drawn, width), {class: 'scroll'})
      : report.element('p', {}, `${topology.hosts.length} hosts, ${topology.switches.length} switches: too many to draw`),
      report.element('details', {}, report.element('summary', {}, `${topology.links.length} link${topology.links.length > 1 ? 's' : ''}: ${
        range(topology.links.map((l) => l.rate_bps), 'bit/s')}, ${range(topology.links.map((l) => l.delay_s), 's')}`), links)];
  };
})();
