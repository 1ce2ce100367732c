// A graph as a picture: a force layout on a canvas, whose nodes are coloured, sized, dragged, opened to their neighbours and
// closed again. Beside it the node or edge that is chosen.

import { run } from "./api";
import { announce, button, count, download, h, put, select } from "./dom";
import { communities, place, step, type Body, type Link } from "./force";
import { NONE, classColor, css, scale } from "./palette";
import { asEdge, asNode, brief, cellText, isNumber, numbersOf, short, tree, visible, type EdgeValue, type NodeValue, type Typed } from "./values";

/** The most nodes that are drawn at first, and that a picture grows to. */
export const MOST_DRAWN = 300;
const MOST_GROWN = 1000;
const MOST_EXPANDED = 50;

export interface GraphData { nodes: NodeValue[]; edges: EdgeValue[]; /** Nodes that there were before the cut. */ of: number }

interface Drawn extends Body, NodeValue { known: boolean; by: string | null; color: string }
interface Line extends EdgeValue { from2: number; to2: number; bend: number }

/** The nodes and edges among the values of a result. */
export function extract(rows: Typed[][]): GraphData {
  const nodes = new Map<string, NodeValue>();
  const edges = new Map<string, EdgeValue>();
  const look = (value: Typed): void => {
    switch (value.$type) {
      case "Node": { const node = asNode(value._value); nodes.set(node.id, node); break; }
      case "Relationship": { const edge = asEdge(value._value); edges.set(edge.id, edge); break; }
      case "Path": case "List": value._value.forEach(look); break;
      case "Map": Object.values<Typed>(value._value).forEach(look); break;
    }
  };
  for (const row of rows) row.forEach(look);
  return { nodes: [...nodes.values()], edges: [...edges.values()], of: nodes.size };
}

export interface Server { graph: string; color(label: string): string | undefined }

export interface GraphView { element: HTMLElement; count: number; stop(): void }

export function graphView(data: GraphData, server: Server | null, start: { color?: string } = {}): GraphView {
  let nodes: Drawn[] = [];
  let lines: Line[] = [];
  const index = new Map<string, number>();
  let heat = 1;
  let [scaleBy, shiftX, shiftY] = [1, 0, 0];
  let chosen: { node: string } | { edge: string } | null = null;
  let hovered = -1;
  let colorBy = start.color ?? "label";
  let sizeBy = "same";
  let captionBy = "auto";
  let left = 0;
  let moved = false;
  let frame = 0;
  let disposed = false;

  const canvas = h("canvas", { tabindex: "0", role: "application", "aria-label": "graph", onkeydown: (event: KeyboardEvent) => key(event) });
  const note = h("p", { class: "g-note", role: "note" });
  const legend = h("div", { class: "g-legend" });
  const inspector = h("aside", { class: "g-inspector", "aria-label": "What is chosen" });
  const bar = h("div", { class: "g-bar" });
  const stage = h("div", { class: "g-stage" }, canvas, note, legend,
    h("div", { class: "g-zoom" },
      button("Zoom in", () => zoom(1.3), { icon: "plus", bare: true }),
      button("Zoom out", () => zoom(1 / 1.3), { icon: "minus", bare: true }),
      button("Fit", () => fit(), { icon: "fit", bare: true })));
  const element = h("div", { class: "graph" }, bar, h("div", { class: "g-body" }, stage, inspector));

  const cssOf = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function addNode(node: NodeValue, by: string | null, known: boolean): boolean {
    const at = index.get(node.id);
    if (at !== undefined) {
      if (known && !nodes[at].known) Object.assign(nodes[at], { labels: node.labels, properties: node.properties, known: true });
      return true;
    }
    if (nodes.length >= (by ? MOST_GROWN : MOST_DRAWN)) return false;
    index.set(node.id, nodes.length);
    nodes.push({ ...node, known, by, x: 0, y: 0, vx: 0, vy: 0, fixed: false, radius: 11, color: NONE });
    return true;
  }

  function addEdges(edges: EdgeValue[], by: string | null): void {
    const there = new Set(lines.map((line) => line.id));
    for (const edge of edges) {
      if (there.has(edge.id)) continue;
      const ok = [edge.from, edge.to].every((id) => addNode({ id, labels: [], properties: {} }, by, false));
      if (ok) lines.push({ ...edge, from2: index.get(edge.from)!, to2: index.get(edge.to)!, bend: 0 });
    }
    bend();
  }

  /** Edges between the same two nodes are bent apart. */
  function bend(): void {
    const groups = new Map<string, Line[]>();
    for (const line of lines) {
      const name = line.from2 < line.to2 ? `${line.from2} ${line.to2}` : `${line.to2} ${line.from2}`;
      groups.set(name, [...(groups.get(name) ?? []), line]);
    }
    for (const group of groups.values()) {
      group.forEach((line, at) => {
        const offset = (at - (group.length - 1) / 2) * 26;
        line.bend = line.from2 === line.to2 ? at : line.from2 < line.to2 ? offset : -offset;
      });
    }
  }

  function remove(gone: (node: Drawn) => boolean): void {
    const kept = nodes.filter((node) => !gone(node));
    const keptIds = new Set(kept.map((node) => node.id));
    lines = lines.filter((line) => keptIds.has(line.from) && keptIds.has(line.to));
    nodes = kept;
    index.clear();
    nodes.forEach((node, at) => index.set(node.id, at));
    for (const line of lines) [line.from2, line.to2] = [index.get(line.from)!, index.get(line.to)!];
    hovered = -1;
    if (chosen && "node" in chosen && !keptIds.has(chosen.node)) chosen = null;
    bend();
    changed();
  }

  // ---- colours, sizes and captions

  const keys = (): string[] => [...new Set(nodes.flatMap((node) => Object.keys(node.properties)))].sort();
  const degreeOf = (): number[] => {
    const degrees = nodes.map(() => 0);
    for (const line of lines) { degrees[line.from2]++; degrees[line.to2]++; }
    return degrees;
  };

  function style(): void {
    const property = colorBy.startsWith("p:") ? colorBy.slice(2) : null;
    const values = nodes.map((node) => (property === null ? undefined : node.properties[property]));
    let names: string[] = [];
    const entries: [string, string][] = [];
    if (property !== null && values.some(isNumber) && new Set(values.map((value) => value && cellText(value))).size > 12) {
      const numbers = values.filter(isNumber).map((value) => Number(value!._value)).filter(Number.isFinite);
      const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
      nodes.forEach((node, at) => {
        const value = values[at];
        node.color = isNumber(value) ? css(scale((Number(value!._value) - least) / Math.max(1e-30, most - least))) : NONE;
      });
      for (const share of [0, 0.5, 1]) entries.push([String(Math.round((least + (most - least) * share) * 1000) / 1000), css(scale(share))]);
    } else {
      if (colorBy === "community") names = communities(nodes.length, lines.map(({ from2, to2 }) => ({ from: from2, to: to2 }))).map((rank) => `community ${rank + 1}`);
      else if (property !== null) names = values.map((value) => (value && value.$type !== "Null" ? short(cellText(value), 40) : ""));
      else names = nodes.map((node) => node.labels.join("&"));
      const counts = new Map<string, number>();
      for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
      // By name, so that a label has one colour in every picture of the graph; communities are numbered by size already.
      const sorted = [...counts.keys()].sort(colorBy === "community" ? (a, b) => Number(a.slice(10)) - Number(b.slice(10)) : undefined);
      const colors = new Map(sorted.map((name, at) => [name, (colorBy === "label" && server?.color(name)) || classColor(at)]));
      nodes.forEach((node, at) => { node.color = colors.get(names[at]) ?? NONE; });
      for (const name of sorted.slice(0, 12)) entries.push([`${visible(name)}  ${counts.get(name)}`, colors.get(name)!]);
      if (sorted.length > 12) entries.push([`and ${sorted.length - 12} more`, NONE]);
    }
    const sizes = nodes.map((node, at) => {
      if (sizeBy === "same") return 0.35;
      if (sizeBy === "degree") return degrees[at];
      const value = node.properties[sizeBy.slice(2)];
      return isNumber(value) ? Number(value._value) : 0;
    });
    const most = Math.max(1e-30, ...sizes.map(Math.abs));
    nodes.forEach((node, at) => { node.radius = sizeBy === "same" ? 11 : 7 + 19 * Math.sqrt(Math.max(0, sizes[at]) / most); });
    put(legend, entries.map(([text, color]) => h("span", { class: "g-key" }, h("i", { style: { background: color } }), text)));
  }

  const degrees: number[] = [];

  function caption(node: Drawn): string {
    if (captionBy !== "auto") {
      const value = node.properties[captionBy];
      return value ? brief(value, 24) : "";
    }
    for (const key of ["name", "title", "label", "username"]) {
      const value = node.properties[key];
      if (value?.$type === "String") return short(value._value, 24);
    }
    return short(node.id, 24);
  }

  // ---- drawing

  function resize(): void {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = stage;
    if (!width || !height) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    if (!moved) fit(false);
    draw();
  }

  function fit(now = true): void {
    if (!nodes.length) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.width / ratio, canvas.height / ratio];
    const xs = nodes.map((node) => node.x);
    const ys = nodes.map((node) => node.y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    scaleBy = Math.min(1.6, Math.max(0.05, Math.min(width / (x1 - x0 + 110), (height - 50) / (y1 - y0 + 110))));
    shiftX = width / 2 - ((x0 + x1) / 2) * scaleBy;
    shiftY = height / 2 - ((y0 + y1) / 2) * scaleBy;
    if (now) { moved = false; draw(); }
  }

  function zoom(factor: number, x = stage.clientWidth / 2, y = stage.clientHeight / 2): void {
    const next = Math.min(6, Math.max(0.05, scaleBy * factor));
    shiftX = x - ((x - shiftX) * next) / scaleBy;
    shiftY = y - ((y - shiftY) * next) / scaleBy;
    scaleBy = next;
    moved = true;
    draw();
  }

  function draw(): void {
    const context = canvas.getContext("2d");
    if (!context) return;
    const ratio = devicePixelRatio || 1;
    const [text, muted, line, accent, panel] = ["--text", "--muted", "--edge", "--accent", "--panel"].map(cssOf);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * scaleBy, 0, 0, ratio * scaleBy, ratio * shiftX, ratio * shiftY);
    context.lineCap = "round";
    const focus = chosen && "node" in chosen ? chosen.node : hovered >= 0 ? nodes[hovered]?.id : null;
    const beside = new Set<string>();
    if (focus) for (const edge of lines) if (edge.from === focus || edge.to === focus) { beside.add(edge.from); beside.add(edge.to); }
    // One label of all edges stands in the note, and not at every edge.
    const names = lines.length <= 160 && scaleBy > 0.7 && new Set(lines.map((line) => line.label)).size > 1;
    const labels: [number, number, number][] = [];
    context.font = `${10 / Math.max(0.8, scaleBy)}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const edge of lines) {
      const [one, other] = [nodes[edge.from2], nodes[edge.to2]];
      const near = focus !== null && focus !== undefined && (edge.from === focus || edge.to === focus);
      const on = chosen && "edge" in chosen && chosen.edge === edge.id;
      context.strokeStyle = context.fillStyle = on || near ? accent : line;
      context.lineWidth = on ? 2.6 : near ? 1.8 : 1.2;
      context.globalAlpha = focus && !near ? 0.35 : 1;
      const { points, middle, angle } = curve(one, other, edge);
      context.beginPath();
      context.moveTo(points[0], points[1]);
      if (edge.from2 === edge.to2) context.bezierCurveTo(points[2], points[3], points[4], points[5], points[6], points[7]);
      else context.quadraticCurveTo(points[2], points[3], points[4], points[5]);
      context.stroke();
      const [x, y] = points.slice(-2);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x - 8 * Math.cos(angle - 0.4), y - 8 * Math.sin(angle - 0.4));
      context.lineTo(x - 8 * Math.cos(angle + 0.4), y - 8 * Math.sin(angle + 0.4));
      context.fill();
      if (names || on) {
        const name = short(edge.label, 24);
        const width = context.measureText(name).width;
        const lies = labels.some(([x, y, wide]) => Math.abs(y - middle[1]) < 12 && Math.abs(x - middle[0]) < (wide + width) / 2);
        if (!on && (lies || Math.hypot(other.x - one.x, other.y - one.y) - one.radius - other.radius < width)) continue;
        labels.push([...middle, width]);
        context.fillStyle = panel;
        context.globalAlpha *= 0.85;
        context.fillRect(middle[0] - width / 2 - 2, middle[1] - 6, width + 4, 12);
        context.globalAlpha = focus && !near ? 0.4 : 1;
        context.fillStyle = on || near ? accent : muted;
        context.fillText(name, middle[0], middle[1]);
      }
    }
    nodes.forEach((node, at) => {
      const on = chosen && "node" in chosen && chosen.node === node.id;
      context.globalAlpha = focus && !on && node.id !== focus && !beside.has(node.id) ? 0.35 : 1;
      context.beginPath();
      context.arc(node.x, node.y, node.radius, 0, Math.PI * 2);
      context.fillStyle = node.known ? node.color : panel;
      context.fill();
      context.lineWidth = on ? 3.5 : node.fixed ? 2.5 : 1.5;
      context.strokeStyle = on || at === hovered ? accent : node.fixed ? text : node.known ? panel : muted;
      context.setLineDash(node.known ? [] : [3, 3]);
      context.stroke();
      context.setLineDash([]);
    });
    // Captions over everything, those of nodes with many edges first, as far as they do not lie on each other.
    context.font = `${11 / scaleBy}px system-ui, sans-serif`;
    context.lineWidth = 3 / scaleBy;
    context.lineJoin = "round";
    const height = 12 / scaleBy;
    const taken: [number, number, number][] = [];
    const order = nodes.map((_, at) => at).sort((a, b) => Number(beside.has(nodes[b].id)) - Number(beside.has(nodes[a].id)) || degrees[b] - degrees[a]);
    for (const at of order) {
      const node = nodes[at];
      const name = caption(node);
      const y = node.y + node.radius + height * 0.6;
      const half = name.length * 3.1 / scaleBy;
      const near = focus ? node.id === focus || beside.has(node.id) : false;
      if (node.id !== focus && taken.some(([x2, y2, half2]) => Math.abs(y - y2) < height && Math.abs(node.x - x2) < half + half2)) continue;
      taken.push([node.x, y, half]);
      context.globalAlpha = focus && !near ? 0.3 : 1;
      context.strokeStyle = panel;
      context.strokeText(name, node.x, y);
      context.fillStyle = text;
      context.fillText(name, node.x, y);
    }
    context.globalAlpha = 1;
  }

  /** The way of an edge from rim to rim, its middle, and the direction in which it arrives. */
  function curve(one: Drawn, other: Drawn, edge: Line): { points: number[]; middle: [number, number]; angle: number } {
    if (edge.from2 === edge.to2) {
      const size = 26 + edge.bend * 12 + one.radius;
      const [x, y, r] = [one.x, one.y, one.radius];
      const points = [x - r * 0.6, y - r * 0.8, x - size * 0.9, y - size * 1.5, x + size * 0.9, y - size * 1.5, x + r * 0.6, y - r * 0.8];
      return { points, middle: [x, y - size * 1.15], angle: Math.atan2(size * 1.5 - r * 0.8, -(size * 0.9 - r * 0.6)) };
    }
    const dx = other.x - one.x;
    const dy = other.y - one.y;
    const distance = Math.max(1, Math.hypot(dx, dy));
    const [cx, cy] = [(one.x + other.x) / 2 - (dy / distance) * edge.bend * 1.4, (one.y + other.y) / 2 + (dx / distance) * edge.bend * 1.4];
    const leave = Math.atan2(cy - one.y, cx - one.x);
    const arrive = Math.atan2(other.y - cy, other.x - cx);
    const [x1, y1] = [one.x + Math.cos(leave) * (one.radius + 1), one.y + Math.sin(leave) * (one.radius + 1)];
    const [x2, y2] = [other.x - Math.cos(arrive) * (other.radius + 3), other.y - Math.sin(arrive) * (other.radius + 3)];
    return { points: [x1, y1, cx, cy, x2, y2], middle: [(x1 + 2 * cx + x2) / 4, (y1 + 2 * cy + y2) / 4], angle: arrive };
  }

  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  function settle(): void {
    cancelAnimationFrame(frame);
    if (disposed) return;
    const links: Link[] = lines.map(({ from2, to2 }) => ({ from: from2, to: to2 }));
    if (still) {
      for (let round = 0; round < 300; round++) step(nodes, links, Math.max(0.02, 1 - round / 300));
      heat = 0;
      if (!moved) fit(false);
      draw();
      return;
    }
    const turn = (): void => {
      if (disposed) return;
      for (let round = 0; round < 2; round++) { step(nodes, links, heat); heat *= 0.988; }
      if (!moved) fit(false);
      draw();
      if (heat > 0.02) frame = requestAnimationFrame(turn);
    };
    frame = requestAnimationFrame(turn);
  }

  // ---- the pointer

  const toGraph = (event: { offsetX: number; offsetY: number }): [number, number] => [(event.offsetX - shiftX) / scaleBy, (event.offsetY - shiftY) / scaleBy];
  function at(x: number, y: number): number {
    for (let index = nodes.length - 1; index >= 0; index--) {
      if (Math.hypot(nodes[index].x - x, nodes[index].y - y) <= nodes[index].radius + 3) return index;
    }
    return -1;
  }
  function edgeAt(x: number, y: number): Line | undefined {
    return lines.find((line) => {
      const { points, middle } = curve(nodes[line.from2], nodes[line.to2], line);
      if (Math.hypot(middle[0] - x, middle[1] - y) < 10) return true;
      for (let share = 0.1; share < 1; share += 0.05) {
        const u = 1 - share;
        const [px, py] = points.length === 6
          ? [u * u * points[0] + 2 * u * share * points[2] + share * share * points[4], u * u * points[1] + 2 * u * share * points[3] + share * share * points[5]]
          : middle;
        if (Math.hypot(px - x, py - y) < 5) return true;
      }
      return false;
    });
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = toGraph(event);
    const found = at(x, y);
    const begin = [event.clientX, event.clientY, shiftX, shiftY];
    let far = false;
    const move = (next: PointerEvent): void => {
      far ||= Math.hypot(next.clientX - begin[0], next.clientY - begin[1]) > 3;
      if (!far) return;
      if (found >= 0) {
        const [gx, gy] = toGraph(next);
        Object.assign(nodes[found], { x: gx, y: gy, fixed: true });
        moved = true;
        heat = Math.max(heat, 0.25);
        settle();
      } else {
        [shiftX, shiftY] = [begin[2] + next.clientX - begin[0], begin[3] + next.clientY - begin[1]];
        moved = true;
        draw();
      }
    };
    const up = (): void => {
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", up);
      if (far) return;
      const edge = found >= 0 ? undefined : edgeAt(x, y);
      choose(found >= 0 ? { node: nodes[found].id } : edge ? { edge: edge.id } : null);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", up);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) return;
    const found = at(...toGraph(event));
    if (found !== hovered) { hovered = found; canvas.style.cursor = found >= 0 ? "pointer" : "grab"; draw(); }
  });
  canvas.addEventListener("pointerleave", () => { hovered = -1; draw(); });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY); }, { passive: false });
  canvas.addEventListener("dblclick", (event) => {
    const found = at(...toGraph(event));
    if (found >= 0) void expand(nodes[found].id);
  });

  function key(event: KeyboardEvent): void {
    const now = chosen && "node" in chosen ? index.get(chosen.node)! : -1;
    const move: Record<string, [number, number]> = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    if (move[event.key]) {
      // The nearest node in that direction; at first the one with the most edges.
      const [dx, dy] = move[event.key];
      let [best, least] = [-1, Infinity];
      const from = nodes[now];
      nodes.forEach((node, at) => {
        if (at === now) return;
        const [x, y] = from ? [node.x - from.x, node.y - from.y] : [0, 0];
        const along = x * dx + y * dy;
        const cost = from ? (along > 0 ? Math.hypot(x, y) * (2 - along / Math.hypot(x, y)) : Infinity) : -degreeOf()[at];
        if (cost < least) [best, least] = [at, cost];
      });
      if (best >= 0) choose({ node: nodes[best].id });
    } else if (event.key === "Enter" && now >= 0) void expand(nodes[now].id);
    else if (event.key === "Backspace" && now >= 0) collapse(nodes[now].id);
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") choose(null);
    else return;
    event.preventDefault();
  }

  // ---- what is chosen

  function choose(next: typeof chosen): void {
    chosen = next;
    inspect();
    draw();
    if (next && "node" in next) {
      const node = nodes[index.get(next.node)!];
      announce(`${caption(node)}, ${node.labels.join(", ") || "no label"}, ${count(degreeOf()[index.get(node.id)!], "edge")} drawn`);
    }
  }

  function inspect(): void {
    if (!chosen) {
      put(inspector, h("h2", { class: "head" }, "Nothing chosen"), h("p", {}, server
        ? "Click a node or an edge to see its properties, double-click a node for its neighbours, drag it to pin it."
        : "Click a node or an edge to see its properties; drag a node to pin it."),
      h("p", { class: "quiet-text" }, "With the keyboard: arrows go from node to node, Enter opens one, Backspace closes it, + and − zoom, 0 fits."));
      return;
    }
    if ("edge" in chosen) {
      const id = chosen.edge;
      const edge = lines.find((line) => line.id === id)!;
      put(inspector, h("h2", { class: "head" }, h("span", { class: "chip" }, visible(edge.label))),
        h("p", {}, link(edge.from), " → ", link(edge.to)), properties(edge.properties));
      return;
    }
    const node = nodes[index.get(chosen.node)!];
    const opened = nodes.some((other) => other.by === node.id);
    put(inspector,
      h("h2", { class: "head" }, short(caption(node), 60)),
      h("p", {}, node.labels.map((label) => h("span", { class: "chip" }, visible(label))), node.known ? null : h("small", {}, "not part of the result")),
      h("div", { class: "row wrap" },
        server && button("Expand", () => void expand(node.id), { icon: "plus", class: "small" }),
        opened && button("Collapse", () => collapse(node.id), { icon: "minus", class: "small" }),
        button(node.fixed ? "Unpin" : "Pin", () => { node.fixed = !node.fixed; heat = Math.max(heat, 0.15); settle(); inspect(); }, { icon: "pin", class: "small", "aria-pressed": String(node.fixed) }),
        button("Hide", () => remove((other) => other.id === node.id), { icon: "close", class: "small" })),
      properties(node.properties));
  }

  const link = (id: string): HTMLElement => h("button", { type: "button", class: "link", onclick: () => choose({ node: id }) }, short(id, 40));
  const properties = (given: Record<string, Typed>): HTMLElement => h("dl", { class: "properties" },
    Object.entries(given).map(([key, value]) => [h("dt", {}, visible(key)), h("dd", { dir: "auto" }, numbersOf(value) ? tree(value) : tree(value, false))]));

  // ---- more of the graph

  async function expand(id: string): Promise<void> {
    if (!server) return;
    try {
      const outcome = await run("MATCH (n {_id: $id})-[e]-(m) RETURN e, m LIMIT $most",
        { graph: server.graph, parameters: { id, most: MOST_EXPANDED + 1 }, readOnly: true });
      const more = outcome.rows.length > MOST_EXPANDED;
      const found = extract(outcome.rows.slice(0, MOST_EXPANDED));
      const before = nodes.length;
      for (const node of found.nodes) addNode(node, id, true);
      addEdges(found.edges, id);
      const center = nodes[index.get(id)!];
      place(nodes, before, center.x, center.y);
      heat = Math.max(heat, 0.6);
      changed();
      choose({ node: id });
      announce(`${count(nodes.length - before, "node")} added${more ? `; ${MOST_EXPANDED} edges are shown, the node has more` : ""}`);
      note.textContent = more ? `${MOST_EXPANDED} edges of ${short(id, 30)} are shown; it has more.` : noteText();
    } catch (error) {
      announce(String((error as Error).message));
    }
  }

  /** Takes away what the node has brought, and what that has brought. */
  function collapse(id: string): void {
    const gone = new Set<string>();
    const follow = (from: string): void => nodes.filter((node) => node.by === from && !gone.has(node.id)).forEach((node) => { gone.add(node.id); follow(node.id); });
    follow(id);
    remove((node) => gone.has(node.id));
    heat = Math.max(heat, 0.3);
    settle();
    announce(`${count(gone.size, "node")} taken away`);
  }

  /** Properties of nodes that only edges have named, and the edges between the nodes that are drawn. */
  async function complete(): Promise<void> {
    if (!server || !nodes.length) return;
    const options = { graph: server.graph, readOnly: true };
    const unknown = nodes.filter((node) => !node.known).map((node) => node.id);
    try {
      if (unknown.length) {
        const outcome = await run("FOR id IN $ids MATCH (n {_id: id}) RETURN n", { ...options, parameters: { ids: unknown } });
        for (const node of extract(outcome.rows).nodes) addNode(node, null, true);
      }
      if (!lines.length && nodes.length > 1) {
        const ids = nodes.map((node) => node.id);
        const outcome = await run("FOR id IN $ids MATCH (a {_id: id})-[e]->(b) WHERE b._id IN $ids RETURN e LIMIT 2000", { ...options, parameters: { ids } });
        addEdges(extract(outcome.rows).edges, null);
        heat = 1;
      }
      if (!disposed) changed();
    } catch (error) {
      announce(String((error as Error).message));
    }
  }

  const noteText = (): string => {
    const cut = left > 0 ? `${nodes.length.toLocaleString("en")} of ${data.of.toLocaleString("en")} nodes are drawn` : count(nodes.length, "node");
    const labels = [...new Set(lines.map((line) => line.label))];
    return `${cut}, ${count(lines.length, "edge")}${labels.length === 1 ? ` ${short(labels[0], 40)}` : ""}`;
  };

  function changed(): void {
    degrees.splice(0, degrees.length, ...degreeOf());
    style();
    controls();
    inspect();
    note.textContent = noteText();
    canvas.setAttribute("aria-label", `A graph of ${noteText()}. Arrow keys go from node to node.`);
    settle();
    draw();
  }

  function controls(): void {
    const properties = keys();
    const numbers = properties.filter((key) => nodes.some((node) => isNumber(node.properties[key])));
    put(bar,
      select("Colour by", [["label", "label"], ["community", "community"], ...properties.map((key) => [`p:${key}`, visible(key)] as [string, string])], colorBy,
        (value) => { colorBy = value; style(); draw(); }),
      select("Size by", [["same", "nothing"], ["degree", "edges"], ...numbers.map((key) => [`p:${key}`, visible(key)] as [string, string])], sizeBy,
        (value) => { sizeBy = value; style(); heat = Math.max(heat, 0.2); settle(); }),
      select("Caption", [["auto", "name or _id"], ...properties.map((key) => [key, visible(key)] as [string, string])], captionBy,
        (value) => { captionBy = value; draw(); }),
      h("span", { class: "grow" }),
      button("Lay out again", () => { nodes.forEach((node) => { node.fixed = false; }); place(nodes, 0); moved = false; heat = 1; settle(); }, { icon: "refresh", class: "small" }),
      button("PNG", () => canvas.toBlob((blob) => blob && download("graph.png", blob, "image/png")), { icon: "download", class: "small" }));
  }

  // Where the nodes are on the canvas, for tests.
  Object.assign(canvas, { places: () => nodes.map((node) => ({ id: node.id, x: node.x * scaleBy + shiftX, y: node.y * scaleBy + shiftY, fixed: node.fixed, color: node.color, radius: node.radius })) });
  for (const node of data.nodes) if (!addNode(node, null, true)) left++;
  addEdges(data.edges.filter((edge) => nodes.length < MOST_DRAWN || (index.has(edge.from) && index.has(edge.to))), null);
  place(nodes, 0);
  const observer = new ResizeObserver(resize);
  observer.observe(stage);
  const redraw = (): void => draw();
  document.addEventListener("themechange", redraw);
  changed();
  void complete();
  return {
    element, count: nodes.length,
    stop: () => { disposed = true; cancelAnimationFrame(frame); observer.disconnect(); document.removeEventListener("themechange", redraw); },
  };
}

