// The points of a training: where nodes lie after each epoch, moving from one to the next, coloured by what is learned.

import { rows, type Points } from "./api";
import { labelColors, type App } from "./app";
import { h, put } from "./dom";
import { quotedName } from "./lex";
import { NONE, classColor, css, scale } from "./palette";
import { short, visible } from "./values";
import { callOf } from "./runs";

export interface LiveView { element: HTMLElement; show(points: Points): void; stop(): void }

/** Milliseconds in which points go to their next places. */
const STEP = 220;
const MOST_NAMES = 8;

/** The property that a training learns, where its statement says one. */
function targetOf(statement: string): string | null {
  return callOf(statement)?.given.get("target")?.match(/^(['"])(.*)\1$/s)?.[2] ?? null;
}

export function liveView(app: App, statement: string): LiveView {
  const canvas = h("canvas", { class: "live-points", role: "img", "aria-label": "No points yet" });
  const note = h("p", { class: "g-note" });
  const legend = h("div", { class: "live-legend" });
  const element = h("div", { class: "live", hidden: true }, h("div", { class: "live-stage" }, canvas, note), legend);
  const target = targetOf(statement);
  let ids: string[] = [];
  let colors: string[] = [];
  let from: number[] = [];
  let to: number[] = [];
  let begun = 0;
  let frame = 0;
  let edges: [number, number, number, number] | null = null;
  let stopped = false;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** What each node is coloured by: the value that is learned, or its label. */
  async function colour(): Promise<void> {
    const value = target === null ? "LABELS(n)" : `n.${quotedName(target)}`;
    const found = await rows(`MATCH (n) WHERE n._id IN $ids RETURN n._id AS id, ${value} AS value`, { graph: app.graph, readOnly: true, parameters: { ids } });
    const of = new Map(found.map(({ id, value: given }) => [String(id), given]));
    const values = ids.map((id) => of.get(id) ?? null);
    const numbers = values.filter((given): given is number => typeof given === "number");
    if (target !== null && new Set(numbers).size > 12) {
      const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
      colors = values.map((given) => (typeof given === "number" ? css(scale((given - least) / Math.max(1e-30, most - least))) : NONE));
      put(legend, h("small", {}, `${visible(target)}, from ${least} to ${most}`));
    } else {
      const names = values.map((given) => (given === null ? "" : Array.isArray(given) ? given.join("&") : String(given)));
      const counts = new Map<string, number>();
      for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
      const known = [...counts.keys()].sort();
      const label = labelColors(app.catalog);
      const colorOf = (name: string): string => (name ? (target === null && label(name)) || classColor(known.indexOf(name)) : NONE);
      colors = names.map(colorOf);
      put(legend, [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_NAMES).map(([name, count]) =>
        h("span", { class: "live-key" }, h("i", { class: "dot", style: { background: colorOf(name) } }), short(name, 30), h("small", {}, count.toLocaleString("en")))),
      counts.size > MOST_NAMES ? h("small", {}, `and ${counts.size - MOST_NAMES} more`) : null);
    }
    draw();
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    if (stopped || !to.length) return;
    const share = still ? 1 : Math.min(1, (performance.now() - begun) / STEP);
    const eased = share * (2 - share);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const paint = canvas.getContext("2d");
    if (!paint || !width || !height) return;
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < to.length; at += 2) {
      left = Math.min(left, to[at]);
      right = Math.max(right, to[at]);
      low = Math.min(low, to[at + 1]);
      high = Math.max(high, to[at + 1]);
    }
    // The frame follows slowly, so that what is seen to move are the points.
    const wanted = [left, right, low, high] as [number, number, number, number];
    edges = edges && !still ? (edges.map((edge, at) => edge + (wanted[at] - edge) * 0.12) as typeof wanted) : wanted;
    const unit = Math.min((width - 24) / Math.max(1e-9, edges[1] - edges[0]), (height - 24) / Math.max(1e-9, edges[3] - edges[2]));
    const [cx, cy] = [(edges[0] + edges[1]) / 2, (edges[2] + edges[3]) / 2];
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint.clearRect(0, 0, width, height);
    const radius = to.length > 2000 ? 2.2 : 3.4;
    paint.globalAlpha = 0.85;
    for (let at = 0; at < to.length; at += 2) {
      const [x, y] = [0, 1].map((axis) => from[at + axis] + (to[at + axis] - from[at + axis]) * eased);
      paint.fillStyle = colors[at / 2] ?? NONE;
      paint.beginPath();
      paint.arc(width / 2 + (x - cx) * unit, height / 2 - (y - cy) * unit, radius, 0, 7);
      paint.fill();
    }
    const settled = edges.every((edge, at) => Math.abs(wanted[at] - edge) * unit < 0.3);
    if (share < 1 || !settled) frame = requestAnimationFrame(draw);
  }

  const observer = new ResizeObserver(() => draw());
  observer.observe(canvas);
  return {
    element,
    show(points) {
      element.hidden = false;
      if (points.ids) {
        ids = points.ids;
        colors = [];
        // Without colours the points still move.
        colour().catch((error: Error) => put(legend, h("small", { class: "bad" }, error.message)));
      }
      const places = points.places.map((place) => place ?? 0);
      const share = still ? 1 : Math.min(1, (performance.now() - begun) / STEP);
      const eased = share * (2 - share);
      from = to.length === places.length ? to.map((place, at) => from[at] + (place - from[at]) * eased) : places;
      to = places;
      begun = performance.now();
      note.textContent = `epoch ${points.epoch.toLocaleString("en")}, ${ids.length.toLocaleString("en")} nodes`;
      canvas.setAttribute("aria-label", `Where ${ids.length} nodes lie in two dimensions after epoch ${points.epoch}`);
      draw();
    },
    stop() { stopped = true; observer.disconnect(); cancelAnimationFrame(frame); },
  };
}
