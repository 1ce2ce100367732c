// A layout by forces: nodes push each other away, edges pull, and all of it cools down. The same graph gives the same picture.

export interface Body { x: number; y: number; vx: number; vy: number; fixed: boolean; radius: number }
export interface Link { from: number; to: number }

/** Places new bodies on a spiral, in the order in which they come. */
export function place(bodies: Body[], from: number, x = 0, y = 0): void {
  for (let at = from; at < bodies.length; at++) {
    const step = at - from + 1;
    const angle = step * 2.399963;
    const away = 16 * Math.sqrt(step);
    Object.assign(bodies[at], { x: x + away * Math.cos(angle), y: y + away * Math.sin(angle), vx: 0, vy: 0 });
  }
}

/** One step at a temperature from 1 to 0. */
export function step(bodies: Body[], links: Link[], heat: number): void {
  const count = bodies.length;
  const strength = 120;
  for (let a = 0; a < count; a++) {
    const one = bodies[a];
    for (let b = a + 1; b < count; b++) {
      const other = bodies[b];
      let dx = one.x - other.x;
      let dy = one.y - other.y;
      let square = dx * dx + dy * dy;
      if (square > 490_000) continue;
      if (square < 1e-3) { dx = 0.03 * (1 + (a % 7)); dy = 0.03 * (1 + (b % 5)); square = dx * dx + dy * dy; }
      const distance = Math.sqrt(square);
      const room = one.radius + other.radius + 6;
      // Along the line between them, the less the further, and more where they would overlap.
      const push = (strength * heat) / Math.max(distance, 8) + Math.max(0, room - distance) * 0.35;
      const px = (dx / distance) * push;
      const py = (dy / distance) * push;
      one.vx += px; one.vy += py;
      other.vx -= px; other.vy -= py;
    }
  }
  const degrees = new Float64Array(count);
  for (const { from, to } of links) { degrees[from]++; degrees[to]++; }
  for (const { from, to } of links) {
    if (from === to) continue;
    const [one, other] = [bodies[from], bodies[to]];
    const dx = other.x - one.x;
    const dy = other.y - one.y;
    const distance = Math.max(1, Math.hypot(dx, dy));
    const rest = 30 + one.radius + other.radius + 5 * Math.sqrt(Math.max(degrees[from], degrees[to]));
    const pull = ((distance - rest) / distance) * 0.5 * heat / Math.min(degrees[from], degrees[to], 12);
    const share = degrees[to] / (degrees[from] + degrees[to]);
    one.vx += dx * pull * share; one.vy += dy * pull * share;
    other.vx -= dx * pull * (1 - share); other.vy -= dy * pull * (1 - share);
  }
  for (const body of bodies) {
    body.vx -= body.x * 0.02 * heat;
    body.vy -= body.y * 0.02 * heat;
    body.vx *= 0.62;
    body.vy *= 0.62;
    if (body.fixed) { body.vx = body.vy = 0; continue; }
    const speed = Math.hypot(body.vx, body.vy);
    const most = 40 * heat + 2;
    const factor = speed > most ? most / speed : 1;
    body.x += body.vx * factor;
    body.y += body.vy * factor;
  }
}

/** Communities of a small graph by modularity (Louvain), numbered by size. */
export function communities(count: number, links: Link[]): number[] {
  // Weights between groups of nodes; a group's own edges count twice, as both of their ends are in it.
  let beside: Map<number, number>[] = Array.from({ length: count }, () => new Map());
  const add = (from: number, to: number, weight: number, into: Map<number, number>[]): void => { into[from].set(to, (into[from].get(to) ?? 0) + weight); };
  for (const { from, to } of links) { add(from, to, 1, beside); add(to, from, 1, beside); }
  const whole = Math.max(1, links.length * 2);
  let member = Array.from({ length: count }, (_, at) => at);
  for (let level = 0; level < 20; level++) {
    const size = beside.length;
    const degree = beside.map((row) => [...row.values()].reduce((sum, weight) => sum + weight, 0));
    const group = Array.from({ length: size }, (_, at) => at);
    const total = degree.slice();
    let moved = false;
    for (let round = 0; round < 50; round++) {
      let changed = false;
      for (let node = 0; node < size; node++) {
        const near = new Map<number, number>([[group[node], 0]]);
        for (const [other, weight] of beside[node]) if (other !== node) near.set(group[other], (near.get(group[other]) ?? 0) + weight);
        total[group[node]] -= degree[node];
        let best = group[node];
        let most = near.get(best)! - (total[best] * degree[node]) / whole;
        for (const [name, weight] of near) {
          const gain = weight - (total[name] * degree[node]) / whole;
          if (gain > most + 1e-9) [best, most] = [name, gain];
        }
        total[best] += degree[node];
        if (best !== group[node]) { group[node] = best; changed = moved = true; }
      }
      if (!changed) break;
    }
    if (!moved) break;
    const names = new Map<number, number>();
    for (const name of group) if (!names.has(name)) names.set(name, names.size);
    const next: Map<number, number>[] = Array.from({ length: names.size }, () => new Map());
    beside.forEach((row, node) => row.forEach((weight, other) => add(names.get(group[node])!, names.get(group[other])!, weight, next)));
    member = member.map((node) => names.get(group[node])!);
    beside = next;
  }
  const sizes = new Map<number, number>();
  for (const name of member) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const ranks = new Map([...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([name], rank) => [name, rank]));
  return member.map((name) => ranks.get(name)!);
}
