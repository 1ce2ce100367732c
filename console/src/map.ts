// The embedding map: where the vectors of a property lie, what colours them, which are near each other.

import { map as askMap, rows, run } from "./api";
import { labelColors, type App, type Page } from "./app";
import { announce, button, count, download, h, icon, put, select } from "./dom";
import { quotedName } from "./lex";
import { NONE, classColor, css, rgb, scale } from "./palette";
import { points, type Points } from "./points";
import { asNode, numbersOf, short, tree, visible, type Typed } from "./values";

export interface Block {
  count: number; of: number; label: string | null; property: string;
  layout: "pca" | "umap";
  color: { kind: "names"; names: string[]; counts: number[]; others: number } | { kind: "number"; least: number; most: number } | null;
  places: Float32Array; colors: Uint32Array | null; id(point: number): string;
}

const LAYOUTS: [Block["layout"], string][] = [["pca", "principal components"], ["umap", "UMAP"]];
/** Seconds from which on a layout is computed only when it is asked for twice. */
const LONG = 20;
const NO_COLOR = 4294967295;
const MOST_NAMES = 256;

/** Reads the block of a map. */
export function readBlock(bytes: ArrayBuffer): Block {
  const view = new DataView(bytes);
  const length = view.getUint32(4, true);
  const start = 8 + length;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const { count: number } = header;
  const places = new Float32Array(bytes, start, number * 2);
  let at = start + number * 8;
  const colors = header.color ? new Uint32Array(bytes, at, number) : null;
  if (colors) at += number * 4;
  const begins = new Uint32Array(bytes, at, number + 1);
  const text = new Uint8Array(bytes, at + (number + 1) * 4);
  const decoder = new TextDecoder();
  return { ...header, places, colors, id: (point: number) => decoder.decode(text.subarray(begins[point], begins[point + 1])) };
}

export interface MapView { element: HTMLElement; stop(): void }

interface MapOptions {
  server: { graph: string; query(statement: string): void } | null;
  /** The colour of a label, where the colours mean labels. */
  color?(name: string): string | undefined;
}

/** A map with its legend and what is chosen in it. */
export function mapView(block: Block, options: MapOptions): MapView {
  const hiddenNames = new Set<number>();
  let chosen: number[] = [];
  let hot = -1;
  const legend = h("div", { class: "m-legend", "aria-label": "Colours" });
  const side = h("aside", { class: "m-side", "aria-label": "What is chosen" });
  const tip = h("div", { class: "m-tip", hidden: true });
  const found = h("input", { type: "search", placeholder: "Find an _id", "aria-label": "Find a point by its _id", onkeydown: (event: KeyboardEvent) => { if (event.key === "Enter") search(); } });

  const drawn: Points = points({
    places: block.places,
    background: () => { const text = getComputedStyle(document.documentElement).getPropertyValue("--panel").trim(); return rgb(text.length === 7 ? text : "#ffffff"); },
    hover(point, x, y) {
      tip.hidden = point < 0;
      if (point < 0) return;
      put(tip, h("strong", {}, short(block.id(point), 60)), colorName(point) ? h("span", {}, colorName(point)) : null);
      tip.style.transform = `translate(${Math.min(x + 14, drawn.element.clientWidth - 220)}px, ${y + 14}px)`;
    },
    pick(point) { if (point >= 0) choosePoint(point); else { hot = -1; forget(); drawn.marks([], -1); inspect(); } },
    lasso(list) { chosen = list; hot = -1; drawn.marks([], -1); paint(); inspect(); announce(`${count(chosen.length, "point")} chosen`); },
  });

  const colorAt = (code: number): string => (code >= MOST_NAMES ? NONE : (block.color?.kind === "names" && options.color?.(block.color.names[code])) || classColor(code));
  function nameOf(code: number): string {
    if (!block.color || block.color.kind !== "names" || code === NO_COLOR) return "none";
    return code >= MOST_NAMES ? `${block.color.others} rarer ones` : visible(block.color.names[code]);
  }
  const scaled = block.color?.kind === "number" ? new Float32Array(block.colors!.buffer, block.colors!.byteOffset, block.count) : null;
  function colorName(point: number): string {
    if (!block.color) return "";
    if (scaled) return Number.isNaN(scaled[point]) ? "none" : String(Math.round(scaled[point] * 1e4) / 1e4);
    return nameOf(block.colors![point]);
  }

  function paint(): void {
    const shades = new Uint8Array(block.count * 4);
    const alpha = block.count > 200_000 ? 190 : 225;
    const none = rgb(NONE);
    // What the lasso has chosen stays bright.
    const bright = chosen.length ? new Uint8Array(block.count) : null;
    for (const point of chosen) bright![point] = 1;
    const named = Array.from({ length: MOST_NAMES + 1 }, (_, at) => rgb(colorAt(at)));
    for (let at = 0; at < block.count; at++) {
      let color = block.color ? none : rgb("#2f9e8f");
      let opacity = alpha;
      if (scaled && block.color?.kind === "number") {
        const value = scaled[at];
        if (!Number.isNaN(value)) color = scale((value - block.color.least) / Math.max(1e-30, block.color.most - block.color.least));
      } else if (block.colors) {
        const code = block.colors[at];
        color = code === NO_COLOR ? none : named[Math.min(code, MOST_NAMES)];
        if (hiddenNames.has(code)) opacity = 0;
        else if (code === NO_COLOR) opacity = 110;
      }
      if (bright && !bright[at]) opacity *= 0.18;
      // One by one: an array for each of a million points takes long.
      const to = at * 4;
      shades[to] = color[0];
      shades[to + 1] = color[1];
      shades[to + 2] = color[2];
      shades[to + 3] = opacity;
    }
    drawn.colors(shades);
  }

  function drawLegend(): void {
    if (!block.color) { put(legend); return; }
    if (block.color.kind === "number") {
      const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => css(scale(share))).join(", ");
      put(legend, h("div", { class: "m-scale", style: { background: `linear-gradient(90deg, ${stops})` } }),
        h("div", { class: "row between" }, h("small", {}, String(Math.round(block.color.least * 1e4) / 1e4)), h("small", {}, String(Math.round(block.color.most * 1e4) / 1e4))));
      return;
    }
    const { names, counts, others } = block.color;
    const entry = (code: number, text: string, number: string, color: string): HTMLElement => h("button", {
      type: "button", "aria-pressed": String(!hiddenNames.has(code)), title: "Show or hide",
      onclick: () => { if (!hiddenNames.delete(code)) hiddenNames.add(code); paint(); drawLegend(); },
    }, h("i", { class: "dot", style: { background: color } }), h("span", { class: "ellipsis" }, text), h("small", {}, number));
    put(legend, names.slice(0, 60).map((name, at) => entry(at, visible(name) || "(empty)", counts[at].toLocaleString("en"), colorAt(at))),
      names.length > 60 ? h("small", {}, `and ${names.length - 60} more`) : null,
      others ? entry(MOST_NAMES, `${others} rarer ones`, "", NONE) : null);
  }

  function forget(): void {
    if (!chosen.length) return;
    chosen = [];
    paint();
  }

  function choosePoint(point: number): void {
    hot = point;
    forget();
    drawn.marks([], hot);
    inspect();
    announce(`${short(block.id(point), 60)} chosen`);
  }

  function search(): void {
    const wanted = found.value.trim().toLowerCase();
    if (!wanted) return;
    let first = -1;
    for (let at = 0; at < block.count; at++) {
      const id = block.id(at).toLowerCase();
      if (id === wanted) { first = at; break; }
      if (first < 0 && id.includes(wanted)) first = at;
    }
    if (first < 0) { announce("No point has this _id."); return; }
    choosePoint(first);
    drawn.focus(first);
  }

  function inspect(): void {
    if (hot >= 0) { void inspectPoint(hot); return; }
    if (!chosen.length) {
      put(side, h("h2", { class: "head" }, "Nothing chosen"), h("p", {}, "Click a point to see its node and its neighbours, or draw a line around points with the lasso (or with Shift)."));
      return;
    }
    const counts = new Map<string, number>();
    if (block.color) for (const point of chosen) counts.set(colorName(point), (counts.get(colorName(point)) ?? 0) + 1);
    const parts = scaled ? [] : [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8);
    const ids = chosen.map((point) => block.id(point));
    put(side, h("h2", { class: "head" }, count(chosen.length, "point")),
      parts.map(([name, number]) => h("div", { class: "m-share" }, h("span", { class: "ellipsis" }, name), h("small", {}, `${number.toLocaleString("en")} · ${Math.round((number * 100) / chosen.length)} %`),
        h("i", { style: { width: `${(number * 100) / chosen.length}%` } }))),
      h("div", { class: "row wrap" },
        options.server && chosen.length ? button("Open as a graph", () => options.server!.query(`MATCH (n) WHERE n._id IN [${ids.slice(0, 300).map((id) => `'${id.replace(/[\\']/g, "\\$&")}'`).join(", ")}] RETURN n`), { class: "small" }) : null,
        button("_ids as a file", () => download("ids.txt", ids.join("\n"), "text/plain"), { icon: "download", class: "small" })),
      h("ul", { class: "names" }, chosen.slice(0, 100).map((point) => h("li", {}, h("button", { type: "button", onclick: () => choosePoint(point) }, h("span", { class: "ellipsis" }, short(block.id(point), 60)))))),
      chosen.length > 100 ? h("small", {}, `and ${(chosen.length - 100).toLocaleString("en")} more`) : null);
  }

  let asked = 0;
  async function inspectPoint(point: number): Promise<void> {
    const id = block.id(point);
    const head = [h("h2", { class: "head" }, short(id, 60)), block.color ? h("p", {}, h("span", { class: "chip" }, colorName(point))) : null];
    if (!options.server) { put(side, head); return; }
    const turn = ++asked;
    put(side, head, h("p", { class: "quiet-text" }, "…"));
    const given = { graph: options.server.graph, readOnly: true };
    try {
      const outcome = await run("MATCH (n {_id: $id}) RETURN n", { ...given, parameters: { id } });
      const near = await rows(`MATCH (n {_id: $id}) CALL algo.similar({node: n, property: $property, k: 10}) YIELD neighborId, score RETURN neighborId, score`,
        { ...given, parameters: { id, property: block.property } }).catch((error: Error) => error);
      if (turn !== asked) return;
      const node = outcome.rows[0]?.[0] ? asNode(outcome.rows[0][0]._value) : null;
      put(side, head,
        node && node.labels.length ? h("p", {}, node.labels.map((label) => h("span", { class: "chip" }, visible(label)))) : null,
        h("h3", { class: "sub" }, "Nearest vectors"),
        near instanceof Error ? h("p", { class: "quiet-text" }, near.message) : h("ol", { class: "near" }, near.map((row) => h("li", {},
          h("button", { type: "button", class: "link ellipsis", onclick: () => { const at = find(String(row.neighborId)); if (at >= 0) { choosePoint(at); } } }, short(String(row.neighborId), 40)),
          h("small", {}, Number(row.score).toFixed(3))))),
        node ? [h("h3", { class: "sub" }, "Properties"), h("dl", { class: "properties" }, Object.entries(node.properties).map(([key, value]) => [h("dt", {}, visible(key)), h("dd", { dir: "auto" }, tree(value as Typed, numbersOf(value as Typed) !== null))]))] : null,
        h("div", { class: "row wrap" }, button("Open as a graph", () => options.server!.query(`MATCH (n {_id: '${id.replace(/[\\']/g, "\\$&")}'})-[e]-(m) RETURN n, e, m LIMIT 50`), { class: "small" })));
      if (!(near instanceof Error)) drawn.marks(near.map((row) => find(String(row.neighborId))).filter((at) => at >= 0), point);
    } catch (error) {
      if (turn === asked) put(side, head, h("p", { class: "bad" }, (error as Error).message));
    }
  }

  let index: Map<string, number> | null = null;
  function find(id: string): number {
    if (!index) {
      index = new Map();
      for (let at = 0; at < block.count; at++) index.set(block.id(at), at);
    }
    return index.get(id) ?? -1;
  }

  const tools = ["pan", "lasso"] as const;
  const toolBar = h("div", { class: "seg", role: "group", "aria-label": "Tool" });
  function choose(tool: "pan" | "lasso"): void {
    drawn.tool(tool);
    put(toolBar, tools.map((name) => h("button", { type: "button", "aria-pressed": String(name === tool), "aria-label": name === "pan" ? "Move" : "Lasso", title: name === "pan" ? "Move" : "Lasso (or hold Shift)", onclick: () => choose(name) }, icon(name === "pan" ? "hand" : "lasso"))));
  }
  choose("pan");
  paint();
  drawLegend();
  inspect();
  const redraw = (): void => paint();
  document.addEventListener("themechange", redraw);
  const of = block.of > block.count ? ` of ${block.of.toLocaleString("en")}` : "";
  const element = h("div", { class: "m-body" },
    h("div", { class: "m-stage" }, drawn.element, tip,
      h("div", { class: "m-tools" }, toolBar, found),
      h("div", { class: "g-zoom" }, button("Zoom in", () => drawn.zoomBy(1.3), { icon: "plus", bare: true }), button("Zoom out", () => drawn.zoomBy(1 / 1.3), { icon: "minus", bare: true }), button("Fit", () => drawn.fit(), { icon: "fit", bare: true })),
      h("p", { class: "g-note" }, `${count(block.count, "point")}${of}, ${short(block.property, 40)} in two dimensions by ${block.layout === "umap" ? "UMAP" : "principal components"}`)),
    h("div", { class: "m-right" }, legend, side));
  // The frames of the last moves, for tests.
  Object.assign(element, { measured: () => drawn.measured() });
  return { element, stop: () => { drawn.stop(); document.removeEventListener("themechange", redraw); } };
}

/** The vector properties of a graph: those that a few nodes of each label have. */
async function vectorProperties(app: App): Promise<{ label: string; property: string }[]> {
  const found = new Map<string, { label: string; property: string }>();
  for (const { label, kind } of app.catalog.labels.slice(0, 40)) {
    if (kind !== "node") continue;
    const outcome = await run(`MATCH (n:${quotedName(label)}) RETURN n LIMIT 5`, { graph: app.graph, readOnly: true });
    for (const row of outcome.rows) {
      for (const [property, value] of Object.entries<Typed>(row[0]._value._properties)) {
        const numbers = numbersOf(value);
        if (numbers && numbers.length >= 2) found.set(`${label}\n${property}`, { label, property });
      }
    }
  }
  return [...found.values()];
}

export function mapPage(app: App, query: Record<string, string>): Page {
  const place = h("div", { class: "m-place" });
  const controls = h("form", { class: "toolbar", onsubmit: (event: Event) => { event.preventDefault(); void load(); } });
  const element = h("div", { class: "page map" }, h("header", { class: "page-head" }, h("h1", {}, "Embedding map"), controls), place);
  let view: MapView | null = null;
  /** What the view was asked for. */
  let viewed = "";
  let asking: AbortController | null = null;
  let known: { label: string; property: string }[] = [];
  const state = { label: query.label ?? "", property: query.property ?? "", color: query.color ?? "", compare: query.compare ?? "", layout: (query.layout === "umap" ? "umap" : "pca") as Block["layout"] };

  function draw(): void {
    const labels = [...new Set(known.map((entry) => entry.label))].sort();
    const properties = [...new Set(known.filter((entry) => !state.label || entry.label === state.label).map((entry) => entry.property))].sort();
    const keys = app.catalog.propertyKeys.filter((key) => !properties.includes(key));
    const none: [string, string] = ["", "nothing"];
    put(controls,
      select("Nodes", [["", "all labels"], ...labels.map((label) => [label, visible(label)] as [string, string])], state.label, (value) => {
        state.label = value;
        const there = known.filter((entry) => !value || entry.label === value).map((entry) => entry.property);
        if (!there.includes(state.property)) state.property = there[0] ?? "";
        draw();
        void load();
      }),
      select("Vectors", properties.map((property) => [property, visible(property)]), state.property, (value) => { state.property = value; void load(); }),
      select("Placed by", LAYOUTS, state.layout, (value) => { state.layout = value as Block["layout"]; void load(); }),
      select("Colour by", [none, [":labels", "label"], ...keys.map((key) => [key, visible(key)] as [string, string])], state.color, (value) => { state.color = value; state.compare = ""; draw(); void load(); }),
      state.color && state.color !== ":labels" ? select("compared with", [none, ...keys.filter((key) => key !== state.color).map((key) => [key, visible(key)] as [string, string])], state.compare, (value) => { state.compare = value; void load(); }) : null,
      h("button", { type: "submit", class: "quiet" }, icon("refresh"), "Load"));
  }

  /** How many seconds UMAP would take, about. */
  async function expected(signal: AbortSignal): Promise<number> {
    const given = { property: state.property, ...(state.label ? { nodeLabels: [state.label] } : {}) };
    const [found] = await rows("CALL algo.umap.estimate($given) YIELD seconds RETURN seconds", { graph: app.graph, readOnly: true, parameters: { given }, signal });
    return found.seconds;
  }

  function forget(): void {
    view?.stop();
    view = null;
  }

  async function load(sure = false): Promise<void> {
    if (!state.property) return;
    asking?.abort();
    const mine = asking = new AbortController();
    const careful = state.layout === "umap" && !sure;
    // While it is not certain that there will be another, the view is kept.
    if (!careful) forget();
    put(place, h("p", { class: "empty", role: "status" }, h("span", { class: "spinner" }), "The vectors are being placed …", button("Stop", () => mine.abort(), { class: "small" })));
    try {
      if (careful) {
        const seconds = await expected(mine.signal);
        if (seconds >= LONG) {
          const time = seconds < 120 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60).toLocaleString("en")} minutes`;
          put(place, h("div", { class: "empty" }, h("p", {}, `UMAP compares all vectors with each other: about ${time}.`),
            h("div", { class: "row" }, button("Compute it", () => void load(true), { class: "primary" }), button("Principal components instead", back))));
          return;
        }
        forget();
      }
      const labels = state.color === ":labels";
      const wanted = JSON.stringify(state);
      const bytes = await askMap(app.graph, { label: state.label, property: state.property, color: labels ? "" : state.color, compare: state.compare, labels: labels ? "1" : "", layout: state.layout }, mine.signal);
      if (mine !== asking) return;
      const block = readBlock(bytes);
      if (!block.count) { put(place, h("p", { class: "empty" }, "No node has this vector.")); return; }
      view = mapView(block, { server: { graph: app.graph, query: app.query }, color: labels ? labelColors(app.catalog) : undefined });
      viewed = wanted;
      put(place, view.element);
    } catch (error) {
      // A later one has the place.
      if (mine !== asking) return;
      forget();
      const stopped = error instanceof DOMException && error.name === "AbortError";
      put(place, h("p", { class: "empty" }, stopped ? "Stopped." : h("span", { class: "bad" }, (error as Error).message)));
    }
  }

  /** To principal components, which may be there still. */
  function back(): void {
    state.layout = "pca";
    draw();
    if (view && viewed === JSON.stringify(state)) put(place, view.element);
    else void load();
  }

  async function begin(): Promise<void> {
    put(place, h("p", { class: "empty", role: "status" }, h("span", { class: "spinner" }), "Looking for vectors …"));
    try { known = await vectorProperties(app); } catch (error) { put(place, h("p", { class: "empty bad" }, (error as Error).message)); return; }
    if (state.property && !known.some((entry) => entry.property === state.property)) known.push({ label: state.label, property: state.property });
    if (!known.length) {
      draw();
      put(place, h("div", { class: "empty" }, icon("map"), h("h2", {}, "No vectors yet"),
        h("p", {}, "An embedding gives every node a vector. This one needs nothing but the edges:"),
        h("p", {}, h("button", { type: "button", class: "sample", disabled: !app.canWrite, onclick: () => app.query("CALL algo.node2vec.write({method: 'spectral', dimensions: 64}, {db: {property: 'embedding'}})") },
          "CALL algo.node2vec.write({method: 'spectral', dimensions: 64}, {db: {property: 'embedding'}})"))));
      return;
    }
    if (!state.property) state.property = known[0].property;
    if (!query.label && !query.property) state.label = known.filter((entry) => entry.property === state.property).length === 1 ? known[0].label : "";
    if (!query.color && !state.label && known.filter((entry) => entry.property === state.property).length > 1) state.color = ":labels";
    draw();
    await load();
  }
  void begin();
  return { element, leave: () => { asking?.abort(); forget(); } };
}
