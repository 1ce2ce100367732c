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
    const rest = 30 + one.radius + other.radius;
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

/** Communities of a small graph by label propagation, the larger label winning ties; numbered by size. */
export function communities(count: number, links: Link[]): number[] {
  const beside: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of links) if (from !== to) { beside[from].push(to); beside[to].push(from); }
  const label = Array.from({ length: count }, (_, at) => at);
  for (let round = 0; round < 30; round++) {
    let changed = false;
    for (let node = 0; node < count; node++) {
      const votes = new Map<number, number>();
      for (const other of beside[node]) votes.set(label[other], (votes.get(label[other]) ?? 0) + 1);
      let [best, most] = [label[node], votes.get(label[node]) ?? 0];
      for (const [name, number] of votes) if (number > most || (number === most && name > best)) [best, most] = [name, number];
      if (best !== label[node]) { label[node] = best; changed = true; }
    }
    if (!changed) break;
  }
  const sizes = new Map<number, number>();
  for (const name of label) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const ranks = new Map([...sizes].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([name], rank) => [name, rank]));
  return label.map((name) => ranks.get(name)!);
}
