// Import of files that are dropped: one CSV file is looked at here, and inserted as nodes or edges in one transaction; tables of
// several files, of Parquet and of SQLite are the server's to look at.

import { together } from "./api";
import type { App, Page } from "./app";
import { announce, button, count, h, icon, put, select } from "./dom";
import { quotedName } from "./lex";
import { colored } from "./query";
import { areTables, tablesView } from "./tables";
import { short, visible } from "./values";

type Kind = "STRING" | "INT64" | "FLOAT64" | "BOOL" | "VECTOR" | "left out";
const KINDS: Kind[] = ["STRING", "INT64", "FLOAT64", "BOOL", "VECTOR", "left out"];
const BATCH = 1000;

/** The cells of a CSV text (RFC 4180). */
export function readCsv(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') { cell += '"'; at++; } else quoted = false;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === separator) { row.push(cell); cell = ""; } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[at + 1] === "\n") at++;
      row.push(cell);
      if (row.length > 1 || row[0] !== "") rows.push(row);
      [row, cell] = [[], ""];
    } else cell += letter;
  }
  if (cell !== "" || row.length) { row.push(cell); rows.push(row); }
  return rows;
}

function kindOf(cells: string[]): Kind {
  const given = cells.filter((cell) => cell !== "");
  if (!given.length) return "STRING";
  const all = (test: (cell: string) => boolean): boolean => given.every(test);
  if (all((cell) => /^-?(0|[1-9]\d{0,15})$/.test(cell))) return "INT64";
  if (all((cell) => /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(cell) && !/^-?0\d/.test(cell))) return "FLOAT64";
  if (all((cell) => /^(true|false)$/i.test(cell))) return "BOOL";
  if (all((cell) => /^\[\s*-?[\d.eE+-]+(\s*,\s*-?[\d.eE+-]+)+\s*\]$/.test(cell))) return "VECTOR";
  return "STRING";
}

export function importPage(app: App): Page {
  const place = h("div", { class: "import" });
  let tables: { element: HTMLElement; leave(): void } | null = null;
  const chooser = h("input", { type: "file", multiple: true, accept: ".csv,.tsv,.tab,.txt,.gz,.parquet,.sqlite,.sqlite3,.db,.db3", class: "offscreen", "aria-label": "Files to import", onchange: () => { take([...(chooser.files ?? [])]); chooser.value = ""; } });
  const drop = h("div", {
    class: "drop",
    ondragover: (event: DragEvent) => { event.preventDefault(); drop.classList.add("over"); },
    ondragleave: () => drop.classList.remove("over"),
    ondrop: (event: DragEvent) => { event.preventDefault(); drop.classList.remove("over"); take([...(event.dataTransfer?.files ?? [])]); },
  }, icon("import"), h("p", {}, "Drop CSV or Parquet files or a SQLite file here, or ", button("choose them", () => chooser.click(), { class: "link" }), "."), chooser,
  h("p", { class: "quiet-text" }, "One CSV file becomes nodes or edges. Several files, Parquet and SQLite are tables, whose keys become edges. For PostgreSQL and many gigabytes there is wend import on the server's machine."));

  function take(files: File[]): void {
    if (!files.length) return;
    tables?.leave();
    tables = areTables(files) ? tablesView(app, files) : null;
    if (tables) put(place, drop, tables.element);
    else void read(files[0]);
  }

  async function read(file: File): Promise<void> {
    const text = (await file.text()).replace(/^\ufeff/, "");
    const line = text.slice(0, 4000).split("\n")[0];
    const separator = [",", "\t", ";"].map((letter) => [letter, line.split(letter).length] as [string, number]).sort((a, b) => b[1] - a[1])[0][0];
    const [head, ...cells] = readCsv(text, separator);
    if (!head || !cells.length) { announce("The file has no rows below its header."); return; }
    show(file.name, head, cells);
  }

  function show(name: string, head: string[], cells: string[][]): void {
    const lower = head.map((column) => column.trim().toLowerCase());
    const find = (...names: string[]): number => lower.findIndex((column) => names.includes(column));
    const ends = [find("_from", "from", "source", "src", "start"), find("_to", "to", "target", "dst", "end")];
    const state = {
      what: ends[0] >= 0 && ends[1] >= 0 ? "edges" : "nodes",
      label: name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_]/gu, "_").replace(/^(.)/, (first) => first.toUpperCase()),
      id: String(Math.max(0, find("_id", "id", "key", "name"))), from: String(Math.max(0, ends[0])), to: String(ends[1] >= 0 ? ends[1] : Math.min(1, head.length - 1)),
      kinds: head.map((_, at) => kindOf(cells.slice(0, 2000).map((row) => row[at] ?? ""))),
    };
    const settings = h("div", { class: "row wrap" });
    const preview = h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "The first rows" });
    const code = h("div", { class: "statement" });
    const progress = h("i");
    const bar = h("div", { class: "progress", role: "progressbar", "aria-label": "Import", "aria-valuemin": "0", "aria-valuemax": "100", hidden: true }, progress);
    const problem = h("p", { class: "bad", role: "alert" });
    const go = button(`Import ${count(cells.length, "row")}`, () => void load(), { icon: "import", class: "primary" });
    const keys = (): string[] => (state.what === "nodes" ? [state.id] : [state.from, state.to]);
    const properties = (): number[] => head.map((_, at) => at).filter((at) => !keys().includes(String(at)) && state.kinds[at] !== "left out");
    const statement = (): string => {
      const fields = properties().map((at) => `${quotedName(head[at])}: r.c${at}`);
      const label = quotedName(state.label || "Node");
      return state.what === "nodes"
        ? `FOR r IN $rows INSERT (:${label} {${[`_id: r.id`, ...fields].join(", ")}})`
        : `FOR r IN $rows MATCH (a {_id: r.a}), (b {_id: r.b}) INSERT (a)-[:${label}${fields.length ? ` {${fields.join(", ")}}` : ""}]->(b)`;
    };
    const columns = head.map((column, at) => [String(at), visible(column)] as [string, string]);
    const draw = (): void => {
      put(settings,
        select("Rows become", [["nodes", "nodes"], ["edges", "edges"]], state.what, (value) => { state.what = value; draw(); }),
        h("label", { class: "field" }, h("span", {}, "Label"), h("input", { type: "text", value: state.label, oninput: (event: Event) => { state.label = (event.target as HTMLInputElement).value; put(code, colored(statement(), app)); } })),
        state.what === "nodes" ? select("_id", columns, state.id, (value) => { state.id = value; draw(); })
          : [select("From", columns, state.from, (value) => { state.from = value; draw(); }), select("To", columns, state.to, (value) => { state.to = value; draw(); })]);
      put(preview, h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, head.map((column, at) => h("th", { scope: "col" }, visible(column), keys().includes(String(at))
          ? h("div", {}, h("span", { class: "chip" }, state.what === "nodes" ? "_id" : String(at) === state.from ? "from" : "to"))
          : h("div", {}, h("select", { "aria-label": `Type of ${column}`, onchange: (event: Event) => { state.kinds[at] = (event.target as HTMLSelectElement).value as Kind; put(code, colored(statement(), app)); } }, KINDS.map((kind) => h("option", { value: kind, selected: kind === state.kinds[at] }, kind)))))))),
        h("tbody", {}, cells.slice(0, 8).map((row) => h("tr", {}, head.map((_, at) => h("td", { dir: "auto" }, short(row[at] ?? "", 60))))))));
      put(code, colored(statement(), app));
    };
    const value = (text: string, kind: Kind, column: string, row: number): unknown => {
      if (text === "") return null;
      const wrong = (): never => { throw new Error(`row ${row + 2}, ${column}: ${short(text, 40)} is no ${kind}`); };
      switch (kind) {
        case "INT64": return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : wrong();
        case "FLOAT64": return Number.isFinite(Number(text)) ? Number(text) : wrong();
        case "BOOL": return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : wrong();
        case "VECTOR": { try { return JSON.parse(text).map(Number); } catch { return wrong(); } }
        default: return text;
      }
    };
    async function load(): Promise<void> {
      problem.textContent = "";
      go.disabled = true;
      bar.hidden = false;
      try {
        const list = properties();
        // JSON has one kind of numbers and no vectors: the statement says what they are.
        const text = statement().replace(/\br\.c(\d+)/g, (given, at) => (state.kinds[Number(at)] === "VECTOR" ? `VECTOR(${given})` : state.kinds[Number(at)] === "FLOAT64" ? `CAST(${given} AS FLOAT64)` : given));
        const batches: [string, Record<string, unknown>][] = [];
        for (let at = 0; at < cells.length; at += BATCH) {
          const rows = cells.slice(at, at + BATCH).map((row, inside) => {
            const made: Record<string, unknown> = state.what === "nodes" ? { id: row[Number(state.id)] } : { a: row[Number(state.from)], b: row[Number(state.to)] };
            for (const column of list) {
              made[`c${column}`] = value(row[column] ?? "", state.kinds[column], head[column], at + inside);
            }
            return made;
          });
          batches.push([text, { rows }]);
        }
        await together(app.graph, batches, (done) => {
          const share = Math.round((done * 100) / batches.length);
          progress.style.width = `${share}%`;
          bar.setAttribute("aria-valuenow", String(share));
        });
        await app.refresh();
        announce(`${count(cells.length, "row")} imported`);
        put(place, drop, h("section", { class: "card" }, h("h2", {}, `${count(cells.length, "row")} of ${name} imported`),
          h("div", { class: "row" }, button("Look at them", () => app.query(state.what === "nodes" ? `MATCH (n:${quotedName(state.label)}) RETURN n LIMIT 100` : `MATCH (a)-[e:${quotedName(state.label)}]->(b) RETURN a, e, b LIMIT 100`), { class: "primary" }))));
      } catch (error) {
        problem.textContent = `${(error as Error).message}. Nothing was imported.`;
        bar.hidden = true;
        go.disabled = false;
      }
    }
    draw();
    put(place, drop, h("section", { class: "card", "aria-label": "Preview" }, h("h2", {}, visible(name), " ", h("small", {}, count(cells.length, "row"))), settings, preview,
      h("p", { class: "quiet-text" }, state.what === "edges" ? "A row whose nodes are not in the graph makes no edge." : "All rows, or none of them."), code, bar, problem, h("div", { class: "row end" }, go)));
  }

  put(place, drop);
  return { element: h("div", { class: "page" }, h("header", { class: "page-head" }, h("h1", {}, "Import")), h("p", { class: "intro" }, "Tables become nodes and edges."), place), leave: () => tables?.leave() };
}
