// Import of tables: Parquet, SQLite and CSV files are sent to the server, which finds keys and edges; what becomes of them is drawn and
// listed, and imported when it is right.

import { forgetTables, importTables, planTables, sendTables, type PlannedEdge, type Planned, type TablePlan, type Wishes } from "./api";
import type { App } from "./app";
import { announce, button, count, h, put, s, type Child } from "./dom";
import { quotedName } from "./lex";
import { classColor } from "./palette";
import { tar } from "./tar";
import { short, visible } from "./values";

const ROW = 74;
const MOST_DRAWN = 40;
const number = (value: number | null): string => (value ?? 0).toLocaleString("en");
const size = (bytes: number): string => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3)).toLocaleString("en")} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** Where an edge starts and ends: tables. */
const ends = (edge: PlannedEdge): [string, string] => [edge.source?.table ?? edge.table, edge.destination.table];
const by = (edge: PlannedEdge): string => [edge.source, edge.destination].flatMap((end) => end?.columns ?? []).join(", ");

/** The plan as a picture: tables on the left become labels on the right, with edges between them. */
function picture(plan: TablePlan): SVGElement {
  const tables = plan.tables.slice(0, MOST_DRAWN);
  const place = new Map(tables.map((table, at) => [table.table, at]));
  const drawn = plan.edges.filter((edge) => ends(edge).every((end) => place.has(end)));
  const own = [...new Set(drawn.filter((edge) => edge.source).map((edge) => edge.table))];
  const y = (at: number): number => 16 + at * ROW + 26;
  // Each edge has a lane of its own, the short ones inside.
  const lanes = drawn.map((edge) => ({ edge, a: place.get(ends(edge)[0])!, b: place.get(ends(edge)[1])! }))
    .sort((one, other) => Math.abs(one.a - one.b) - Math.abs(other.a - other.b));
  const LEFT = 250;
  const CENTRE = 400;
  const lane = Math.max(26, Math.min(60, 420 / Math.max(1, lanes.length)));
  const width = CENTRE + 90 + lanes.length * lane + 110;
  const height = Math.max(y(tables.length - 1) + 52, 60) + own.length * 44;
  const marks: Child[] = [];
  tables.forEach((table, at) => {
    const foreign = plan.edges.filter((edge) => edge.table === table.table && !edge.source).flatMap((edge) => edge.destination.columns);
    const columns = [table.key.length ? `key ${table.key.join(", ")}${table.found ? " (found)" : ""}` : "rows are numbered", foreign.length ? `→ ${foreign.join(", ")}` : ""].filter(Boolean).join("   ");
    marks.push(
      s("rect", { x: 4, y: y(at) - 26, width: LEFT - 8, height: 52, rx: 8, class: "tp-table" }),
      s("text", { x: 16, y: y(at) - 5, class: "tp-name" }, short(table.table, 26)),
      s("text", { x: LEFT - 14, y: y(at) - 5, class: "tp-small", "text-anchor": "end" }, number(table.rows)),
      s("text", { x: 16, y: y(at) + 15, class: "tp-small" }, short(columns, 38)),
      s("path", { d: `M${LEFT + 2} ${y(at)}H${CENTRE - 34}`, class: "tp-becomes" }),
      s("circle", { cx: CENTRE, cy: y(at), r: 22, fill: classColor(at), class: "tp-node" }),
      s("text", { x: CENTRE, y: y(at) + 37, class: "tp-label", "text-anchor": "middle" }, `:${short(table.label, 22)}`));
  });
  own.forEach((table, at) => {
    const top = y(tables.length - 1) + 66 + at * 44;
    const labels = drawn.filter((edge) => edge.table === table && edge.source).map((edge) => `[:${short(edge.label, 24)}]`).join(" ");
    marks.push(
      s("rect", { x: 4, y: top - 16, width: LEFT - 8, height: 34, rx: 8, class: "tp-table tp-edges" }),
      s("text", { x: 16, y: top + 6, class: "tp-name" }, short(table, 26)),
      s("path", { d: `M${LEFT + 2} ${top}H${CENTRE - 34}`, class: "tp-becomes" }),
      s("text", { x: CENTRE - 24, y: top + 5, class: "tp-label" }, labels));
  });
  lanes.forEach(({ edge, a, b }, at) => {
    const out = CENTRE + 70 + at * lane;
    const shift = a === b ? 14 : 0;
    const [from, to] = [y(a) - shift, y(b) + shift];
    const middle = (from + to) / 2 + (a === b ? 0 : ((at % 3) - 1) * 14);
    marks.push(
      s("path", { d: `M${CENTRE + 22} ${from}C${out} ${from} ${out} ${to} ${CENTRE + 27} ${to}`, class: "tp-edge", "marker-end": "url(#tp-end)" }, s("title", {}, visible(edge.label))),
      s("text", { x: CENTRE + 25 + (out - CENTRE - 25) * 0.76, y: middle + 4, class: "tp-small tp-over" }, short(edge.label, 20)));
  });
  return s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "tp", role: "img", "aria-label": `${count(tables.length, "table")} become labels, with ${count(plan.edges.length, "kind")} of edges between them; the lists below say the same` },
    s("defs", {}, s("marker", { id: "tp-end", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, s("path", { d: "M0 0L8 4L0 8z", class: "tp-head" }))), marks);
}

function table(label: string, head: string[], lines: Child[][]): HTMLElement {
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": label }, h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, head.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, lines.map((cells) => h("tr", {}, cells.map((cell) => h("td", { dir: "auto" }, cell)))))));
}

/** What there is of an edge, and what is missing. */
function remark(edge: PlannedEdge): string {
  const parts = [];
  if (edge.found) parts.push("found by names and values");
  if (edge.counts?.withoutKey) parts.push(`${count(edge.counts.withoutKey, "row")} without a key`);
  if (edge.counts?.dangling) parts.push(`${count(edge.counts.dangling, "row")} with a key that no row has, the first ${edge.counts.firstDangling}`);
  return parts.join("; ");
}

function lists({ plan, preview }: Planned): Child[] {
  const edges = (list: PlannedEdge[]): Child[][] => list.map((edge) => [h("span", { class: "chip" }, short(edge.label, 60)), ends(edge).map((end) => short(end, 40)).join(" → "), short(by(edge), 60), edge.counts ? number(edge.counts.edges) : "", short(remark(edge), 200)]);
  return [
    table("Tables", ["Table", "Label", "Key", "Rows", "Time"], plan.tables.map((entry) => [short(entry.table, 60), h("span", { class: "chip" }, short(entry.label, 60)),
      entry.key.length ? `${short(entry.key.join(", "), 80)}${entry.found ? " (found)" : ""}` : "rows are numbered", number(entry.rows), short(entry.time ?? "", 40)])),
    plan.edges.length ? table("Edges", ["Edges", "From → to", "By", "How many", "Remarks"], edges(plan.edges)) : h("p", { class: "quiet-text" }, "No foreign keys were found: nodes without edges."),
    plan.proposals.length ? h("details", {}, h("summary", {}, `${count(plan.proposals.length, "foreign key")} that may be meant`), table("Proposals", ["Edges", "From → to", "By", "How many", "Remarks"], edges(plan.proposals)),
      h("p", { class: "quiet-text" }, "They are taken when the dashes before them are taken away in the text below.")) : null,
    plan.warnings.length || plan.leftOut.length ? h("ul", { class: "warnings" }, plan.warnings.map((warning) => h("li", {}, short(warning, 300))), plan.leftOut.map(({ what, why }) => h("li", {}, `Not taken: ${short(what, 80)}: ${short(why, 200)}`))) : null,
    h("div", { class: "previews" }, preview.map((entry) => h("details", {}, h("summary", {}, `First rows of ${short(entry.table, 60)}`),
      table(`First rows of ${entry.table}`, entry.columns.map(({ name, type }) => `${visible(name)} ${type ?? "of several types"}`), entry.first.map((cells) => cells.map((cell) => (cell === null ? h("span", { class: "null" }, "NULL") : short(String(cell), 80)))))))),
  ];
}

/** Whether files are tables that the server has to look at. */
export const areTables = (files: File[]): boolean => files.length > 1 || files.some((file) => /\.(parquet|sqlite3?|db|db3|gz)$/i.test(file.name));

/** Sends files, shows what becomes of them, and imports them. `leave` ends what goes on. */
export function tablesView(app: App, files: File[]): { element: HTMLElement; leave(): void } {
  const element = h("section", { class: "card", "aria-label": "Import of tables" });
  const name = files.length === 1 ? files[0].name : count(files.length, "file");
  let stop = new AbortController();
  let id = "";
  let importing = false;
  const wishes: Wishes = {};
  const failed = (error: unknown): string => (error instanceof DOMException && error.name === "AbortError" ? "Stopped. Nothing was imported." : `${(error as Error).message}${importing ? " Nothing was imported." : ""}`);

  function wait(text: string): void {
    put(element, h("h2", {}, visible(name)), h("div", { class: "row", role: "status" }, h("span", { class: "spinner" }), h("span", { class: "grow" }, text), button("Stop", () => stop.abort(), { class: "small" })));
  }
  async function send(): Promise<void> {
    wait(`${size(files.reduce((sum, file) => sum + file.size, 0))} are sent and looked through …`);
    try {
      const planned = await sendTables(app.graph, tar(files), stop.signal);
      id = planned.id;
      show(planned);
    } catch (error) {
      put(element, h("h2", {}, visible(name)), h("p", { class: "bad", role: "alert" }, failed(error)));
    }
  }
  async function plan(): Promise<void> {
    stop = new AbortController();
    wait("The tables are looked through …");
    const text = wishes.map;
    try { show(await planTables(app.graph, id, wishes, stop.signal), text); } catch (error) {
      // The files are still there: with another plan it may go well.
      put(element, h("h2", {}, visible(name)), h("p", { class: "bad", role: "alert" }, failed(error)), text === undefined ? null : editor(text), h("div", { class: "row end" }, button("As keys say", () => { delete wishes.map; void plan(); })));
    }
  }
  function editor(text: string): HTMLElement {
    const area = h("textarea", { rows: 16, class: "map-text", spellcheck: "false", "aria-label": "What becomes of the tables, as CREATE PROPERTY GRAPH" });
    area.value = text;
    return h("div", { class: "cards" }, area, h("div", { class: "row end" }, button("Plan it so", () => { wishes.map = area.value; void plan(); })));
  }
  function show(planned: Planned, written?: string): void {
    const rows = planned.plan.tables.reduce((sum, entry) => sum + (entry.rows ?? 0), 0);
    const bar = h("i");
    const progress = h("div", { class: "progress", role: "progressbar", "aria-label": "Import", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }, bar);
    const stage = h("p", { class: "quiet-text" });
    const problem = h("p", { class: "bad", role: "alert" });
    const cancel = button("Stop", () => stop.abort(), { icon: "stop", class: "danger", hidden: true });
    const check = (label: string, on: boolean, act: (on: boolean) => void): HTMLElement => {
      const box: HTMLInputElement = h("input", { type: "checkbox", checked: on, onchange: () => act(box.checked) });
      return h("label", { class: "check" }, box, label);
    };
    const go = button(`Import ${count(rows, "row")}`, () => void load(), { icon: "import", class: "primary" });
    async function load(): Promise<void> {
      stop = new AbortController();
      problem.textContent = "";
      [go.disabled, progress.hidden, cancel.hidden, importing] = [true, false, false, true];
      try {
        const report = await importTables(app.graph, id, wishes, (percent, text) => {
          bar.style.width = `${percent}%`;
          progress.setAttribute("aria-valuenow", String(percent));
          stage.textContent = `${visible(text)}, ${percent} %`;
        }, stop.signal);
        id = "";
        await app.refresh();
        announce(`${count(report.nodes, "node")} and ${count(report.edges, "edge")} imported`);
        const label = report.plan.tables[0]?.label;
        put(element, h("h2", {}, `${visible(name)}: ${count(report.nodes, "node")} and ${count(report.edges, "edge")} imported`), h("small", {}, `in ${report.seconds.toFixed(2)} s`),
          ...lists({ plan: report.plan, preview: [] }),
          h("div", { class: "row" }, label === undefined ? null : button("Look at them", () => app.query(`MATCH (n:${quotedName(label)})-[e]-(m) RETURN n, e, m LIMIT 100`), { class: "primary" })));
      } catch (error) {
        problem.textContent = failed(error);
        [go.disabled, progress.hidden, cancel.hidden, stage.textContent] = [false, true, true, ""];
      }
      importing = false;
    }
    put(element, h("h2", {}, visible(name), " ", h("small", {}, `${count(planned.plan.tables.length, "table")}, ${count(rows, "row")}`)),
      h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Tables that become labels" }, picture(planned.plan)),
      ...lists(planned),
      h("details", { open: written !== undefined }, h("summary", {}, "As a text that can be changed"), editor(written ?? planned.plan.map)),
      h("div", { class: "row wrap" },
        check("Look for keys that nobody declares", wishes.inferKeys ?? planned.plan.edges.concat(planned.plan.proposals).some((edge) => edge.found), (on) => { wishes.inferKeys = on; delete wishes.map; void plan(); }),
        check("A key that no row has ends the import", wishes.strict ?? false, (on) => { wishes.strict = on; })),
      h("p", { class: "quiet-text" }, "All rows, or none of them. Key columns stay as properties."), progress, stage, problem, h("div", { class: "row end" }, cancel, go));
    announce(`${count(planned.plan.tables.length, "table")} found`);
  }
  void send();
  return { element, leave: () => { stop.abort(); if (id) void forgetTables(app.graph, id); } };
}
