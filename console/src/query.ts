// The page of statements: the editor, and below it what each statement gave, as a table, a graph, a plan or values.

import { ServerError, arrow, run, type Outcome } from "./api";
import { labelColors, type App, type Page } from "./app";
import { announce, button, copy, count, dialog, download, h, icon, put, select } from "./dom";
import { editor as makeEditor, type Editor } from "./editor";
import { extract, graphView, type GraphView } from "./graph";
import { isSecret, keep, kept, remember, type Saved } from "./keep";
import { quotedName, tokens, type Statement } from "./lex";
import { planView } from "./plan";
import { table, type Table } from "./table";
import { cellText, plain, short, tree, visible } from "./values";

interface Result { statement: string; outcome?: Outcome; error?: Error; at: number }

let editor: Editor | null = null;
let pending: string | null = null;

/** Has the page run a statement as soon as it is shown. */
export function runNext(statement: string): void { pending = statement; }

export function queryPage(app: App): Page {
  let results: Result[] = [];
  let current = 0;
  let running: AbortController | null = null;
  let view = "";
  let drawn: GraphView | null = null;
  let parameters = kept("parameters", "");
  let historyAt = -1;
  let readOnly = !app.canWrite || kept("readOnly", false);
  let limit = kept("limit", 10_000);

  const names = (): string[] => { try { return Object.keys(JSON.parse(parameters || "{}")); } catch { return []; } };
  const made = makeEditor(kept("text", "MATCH (n) RETURN n LIMIT 25"), {
    catalog: () => app.catalog, parameters: names, words: () => app.words,
    run: () => void runAll(), changed: (text) => { if (text.length < 200_000 && !isSecret(text)) keep("text", text); },
    older: () => browse(1), newer: () => browse(-1),
  });
  editor = made;

  function browse(step: number): void {
    const list = kept<string[]>("history", []);
    historyAt = Math.max(-1, Math.min(list.length - 1, historyAt + step));
    if (historyAt >= 0) made.set(list[historyAt]);
  }

  // ---- the frame

  const side = h("aside", { class: "side", "aria-label": "Schema, history and saved queries" });
  const runButton = button("Run", () => void runAll(), { icon: "play", class: "primary", title: "Run (Ctrl+Enter)" });
  const stopButton = button("Stop", () => running?.abort(), { icon: "stop", class: "danger", hidden: true });
  const tools = h("div", { class: "tools" });
  const state = h("span", { class: "state", role: "status" });
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Results", hidden: true });
  const resultHead = h("div", { class: "r-head" });
  const resultBody = h("div", { class: "r-body", id: "result" });
  const parameterButton = button("Parameters", () => { parameterBox.hidden = !parameterBox.hidden; nameParameters(); drawParameters(); }, { class: "quiet", "aria-expanded": "false" });
  // The button itself stays: what replaced it between press and release would lose the click.
  const nameParameters = (): void => {
    parameterButton.textContent = names().length ? `Parameters (${names().length})` : "Parameters";
    parameterButton.setAttribute("aria-expanded", String(!parameterBox.hidden));
  };
  const parameterBox = h("div", { class: "parameters", hidden: true });
  const pane = h("section", { class: "editor-pane", "aria-label": "Editor" }, tools, made.element, parameterBox);
  const grip = h("div", {
    class: "split", role: "separator", "aria-orientation": "horizontal", "aria-label": "Height of the editor", tabindex: "0",
    "aria-valuemin": "110", "aria-valuemax": "700",
    onpointerdown: (event: PointerEvent) => {
      event.preventDefault();
      const move = (next: PointerEvent): void => height(next.clientY - pane.getBoundingClientRect().top);
      const end = (): void => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); };
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
    },
    onkeydown: (event: KeyboardEvent) => {
      const step = ({ ArrowUp: -24, ArrowDown: 24 } as Record<string, number>)[event.key];
      if (step) { event.preventDefault(); height(pane.clientHeight + step); }
    },
  });
  const height = (pixels: number): void => {
    const next = Math.max(110, Math.min(innerHeight - 220, pixels));
    pane.style.height = `${next}px`;
    grip.setAttribute("aria-valuenow", String(Math.round(next)));
    keep("editorHeight", next);
  };
  const element = h("div", { class: "query" }, h("h1", { class: "offscreen" }, "Query"), side, h("div", { class: "work" }, pane, grip,
    h("section", { class: "results", "aria-label": "Result" }, tabs, resultHead, resultBody)));
  height(kept("editorHeight", 190));

  function drawTools(): void {
    put(tools, runButton, stopButton,
      button("Explain", () => void runAll("EXPLAIN"), { class: "quiet", title: "Show the plan of the statement at the cursor" }),
      button("Profile", () => void runAll("PROFILE"), { class: "quiet", title: "Run it and show its plan with rows and times" }),
      h("span", { class: "grow" }),
      state,
      app.catalog.graphs.length > 1 && select("Graph", app.catalog.graphs.map(({ name }) => [name, name]), app.graph, (name) => void app.useGraph(name)),
      select("Rows", [["1000", "1,000"], ["10000", "10,000"], ["100000", "100,000"]], String(limit), (value) => { limit = Number(value); keep("limit", limit); }),
      h("label", { class: "check", title: "Statements that change data are refused" },
        h("input", { type: "checkbox", checked: readOnly, disabled: !app.canWrite, onchange: (event: Event) => { readOnly = (event.target as HTMLInputElement).checked; keep("readOnly", readOnly); } }), "Read only"),
      parameterButton,
      button("Save", save, { icon: "save", class: "quiet" }));
  }

  function drawParameters(): void {
    if (parameterBox.hidden) return;
    const wrong = h("small", { class: "bad", role: "alert" });
    const check = (): void => {
      try {
        const given = JSON.parse(parameters || "{}");
        wrong.textContent = given === null || typeof given !== "object" || Array.isArray(given) ? "Parameters are a JSON object." : "";
      } catch (error) { wrong.textContent = `This is no JSON: ${(error as Error).message}`; }
    };
    const area = h("textarea", {
      rows: "3", spellcheck: "false", value: parameters, placeholder: '{"name": "Ann", "ids": [1, 2]}',
      oninput: () => { parameters = area.value; keep("parameters", parameters); check(); nameParameters(); },
    });
    check();
    put(parameterBox, h("label", {}, h("span", {}, "Parameters as JSON; a statement names them with $"), area), wrong);
  }

  function save(): void {
    const text = made.text().trim();
    if (!text) return;
    dialog("Save this query", (close) => {
      const name = h("input", { type: "text", value: short(text.split("\n")[0], 40), required: true });
      return h("form", {
        onsubmit: (event: Event) => {
          event.preventDefault();
          keep("saved", [...kept<Saved[]>("saved", []).filter((other) => other.name !== name.value), { name: name.value, text }]);
          close();
          sideTab = "Saved";
          drawSide();
        },
      }, h("label", { class: "field" }, h("span", {}, "Name"), name), h("p", { class: "quiet-text" }, "Saved queries stay in this browser."),
      h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "primary" }, "Save")));
    });
  }

  // ---- the side: schema, history, saved queries

  let sideTab = "Schema";
  function drawSide(): void {
    const bodies: Record<string, () => HTMLElement> = { Schema: schema, History: history, Saved: saved };
    put(side,
      h("div", { class: "seg", role: "tablist", "aria-label": "Side" }, Object.keys(bodies).map((name) =>
        h("button", { type: "button", role: "tab", "aria-selected": String(name === sideTab), "aria-controls": "side-panel", onclick: () => { sideTab = name; drawSide(); } }, name))),
      h("div", { class: "side-body", role: "tabpanel", id: "side-panel", "aria-label": sideTab, tabindex: "0" }, bodies[sideTab]()));
  }

  function schema(): HTMLElement {
    const { labels, propertyKeys, graphs } = app.catalog;
    const here = graphs.find((graph) => graph.name === app.graph);
    const nodeLabels = labels.filter((label) => label.kind === "node");
    const edgeLabels = labels.filter((label) => label.kind === "edge");
    const item = (text: string, detail: string, dot: string | null, statement: string): HTMLElement =>
      h("li", {}, h("button", { type: "button", title: statement, onclick: () => { made.set(statement); void runAll(); } },
        dot ? h("i", { class: "dot", style: { background: dot } }) : null, h("span", { class: "ellipsis" }, visible(text)), h("small", {}, detail)));
    const color = labelColors(app.catalog);
    return h("div", {},
      h("p", { class: "figures" }, h("strong", {}, (here?.nodeCount ?? 0).toLocaleString("en")), " nodes ", h("strong", {}, (here?.edgeCount ?? 0).toLocaleString("en")), " edges"),
      h("h2", {}, "Nodes"), nodeLabels.length ? h("ul", { class: "names" }, nodeLabels.map(({ label, count: number }) =>
        item(label, number.toLocaleString("en"), color(label)!, `MATCH (n:${quotedName(label)}) RETURN n LIMIT 100`))) : h("p", { class: "quiet-text" }, "No labels yet."),
      h("h2", {}, "Edges"), edgeLabels.length ? h("ul", { class: "names" }, edgeLabels.map(({ label, count: number }) =>
        item(label, number.toLocaleString("en"), null, `MATCH (a)-[e:${quotedName(label)}]->(b) RETURN a, e, b LIMIT 100`))) : h("p", { class: "quiet-text" }, "No edges yet."),
      h("h2", {}, "Properties"), h("ul", { class: "names" }, propertyKeys.map((key) =>
        item(key, "", null, `MATCH (n) WHERE n.${quotedName(key)} IS NOT NULL RETURN n._id, n.${quotedName(key)} LIMIT 100`))));
  }

  function history(): HTMLElement {
    const list = kept<string[]>("history", []);
    if (!list.length) return h("p", { class: "quiet-text" }, "What you run is listed here. Ctrl+↑ and Ctrl+↓ bring it back to the editor.");
    return h("div", {}, h("ul", { class: "texts" }, list.map((text) =>
      h("li", {}, h("button", { type: "button", title: short(text, 400), onclick: () => { made.set(text); made.focus(); } }, short(text, 90))))),
    button("Forget the history", () => { keep("history", []); drawSide(); }, { class: "quiet small" }));
  }

  function saved(): HTMLElement {
    const list = kept<Saved[]>("saved", []);
    const load = h("input", {
      type: "file", accept: ".json", class: "offscreen", "aria-label": "A file of saved queries",
      onchange: async () => {
        try {
          const given = JSON.parse(await load.files![0].text()) as Saved[];
          const good = given.filter((entry) => typeof entry.name === "string" && typeof entry.text === "string");
          keep("saved", [...kept<Saved[]>("saved", []).filter((old) => !good.some((entry) => entry.name === old.name)), ...good]);
          drawSide();
        } catch { announce("This file holds no saved queries."); }
      },
    });
    return h("div", {},
      list.length ? h("ul", { class: "texts" }, list.map((entry) => h("li", { class: "row" },
        h("button", { type: "button", class: "grow", title: short(entry.text, 400), onclick: () => { made.set(entry.text); made.focus(); } }, short(entry.name, 60)),
        button(`Delete ${entry.name}`, () => { keep("saved", list.filter((other) => other !== entry)); drawSide(); }, { icon: "trash", bare: true, class: "quiet" }))))
        : h("p", { class: "quiet-text" }, "Save keeps the text of the editor here, in this browser."),
      h("div", { class: "row" }, list.length ? button("To a file", () => download("queries.json", JSON.stringify(list, null, 1), "application/json"), { class: "quiet small" }) : null,
        button("From a file", () => load.click(), { class: "quiet small" }), load));
  }

  // ---- running

  async function runAll(prefix = ""): Promise<void> {
    if (running) return;
    made.clearError();
    const one = prefix ? made.current() : undefined;
    const list: Statement[] = prefix ? (one ? [one] : []) : made.chosen();
    if (!list.length) return;
    try { JSON.parse(parameters.trim() || "{}"); } catch {
      parameterBox.hidden = false;
      nameParameters();
      drawParameters();
      return;
    }
    remember(prefix ? made.text().trim() : list.map((statement) => statement.text).join(";\n"));
    historyAt = -1;
    running = new AbortController();
    runButton.hidden = true;
    stopButton.hidden = false;
    results = [];
    const begun = performance.now();
    const clock = setInterval(() => { state.textContent = `${((performance.now() - begun) / 1000).toFixed(1)} s`; }, 100);
    let changes = false;
    for (const [at, statement] of list.entries()) {
      const used = statement.text.match(/^\s*USE\s+(?:GRAPH\s+)?(`(?:[^`]|``)+`|[\p{L}_][\p{L}\p{N}_]*)\s*$/iu);
      const text = prefix && !/^\s*(EXPLAIN|PROFILE)\b/i.test(statement.text) ? `${prefix} ${statement.text}` : statement.text;
      try {
        if (used) {
          await app.useGraph(used[1].startsWith("`") ? used[1].slice(1, -1).replaceAll("``", "`") : used[1]);
          results.push({ statement: statement.text, outcome: { fields: [], rows: [], summary: {}, more: false, milliseconds: 0 }, at });
          continue;
        }
        const outcome = await run(text, { graph: app.graph, parameterText: parameters, readOnly, limit, signal: running.signal });
        results.push({ statement: text, outcome, at });
        changes ||= outcome.summary.counters?.containsUpdates === true || /^\s*(CREATE|DROP|ALTER|INSERT|CALL)/i.test(text);
      } catch (error) {
        const cancelled = error instanceof DOMException && error.name === "AbortError";
        results.push({ statement: text, error: cancelled ? new Error("Stopped. Nothing of this statement was kept.") : (error as Error), at });
        if (error instanceof ServerError && error.place) {
          const shift = text.length - statement.text.length;
          const codes = [...text];
          const from = codes.slice(0, error.place.offset).join("").length - shift + statement.from;
          const length = codes.slice(error.place.offset, error.place.offset + Math.max(1, error.place.length)).join("").length;
          if (from >= statement.from) made.underline(from, from + length);
        }
        if (error instanceof ServerError && error.status === 401) app.go("signin");
        break;
      }
    }
    clearInterval(clock);
    running = null;
    runButton.hidden = false;
    stopButton.hidden = true;
    state.textContent = "";
    current = results.findIndex((result) => result.error);
    if (current < 0) current = results.length - 1;
    view = "";
    drawTabs();
    show();
    if (sideTab === "History") drawSide();
    const last = results[current];
    announce(last.error ? "The statement failed" : last.outcome!.fields.length ? count(last.outcome!.rows.length, "row") : "Done");
    if (changes) await app.refresh().catch(() => undefined);
  }

  // ---- results

  function drawTabs(): void {
    tabs.hidden = results.length < 2;
    put(tabs, results.map((result, at) => h("button", {
      type: "button", role: "tab", "aria-selected": String(at === current), "aria-controls": "result", title: short(result.statement, 300),
      onclick: () => { current = at; view = ""; drawTabs(); show(); },
    }, h("span", { class: result.error ? "bad" : "good", "aria-hidden": "true" }, result.error ? "✕" : "✓"), ` ${at + 1} `, h("span", { class: "ellipsis" }, short(result.statement, 28)))));
  }

  function show(): void {
    drawn?.stop();
    drawn = null;
    const result = results[current];
    if (!result) return;
    if (result.error) { put(resultHead); put(resultBody, failure(result)); return; }
    const outcome = result.outcome!;
    const { summary } = outcome;
    const planned = summary.profiledQueryPlan ?? summary.queryPlan;
    const found = extract(outcome.rows);
    const parts = found.nodes.length + found.edges.length > 0;
    const views = [
      ...(planned ? ["Plan"] : []),
      ...(parts ? ["Graph"] : []),
      ...(outcome.fields.length && !planned ? ["Table", "Values"] : []),
    ];
    if (!views.includes(view)) {
      const whole = outcome.rows[0]?.some((cell) => ["Node", "Relationship", "Path"].includes(cell.$type));
      view = planned ? "Plan" : whole && parts && kept("preferTable", false) === false ? "Graph" : views.includes("Table") ? "Table" : "";
    }
    const facts = [outcome.fields.length && !planned ? count(outcome.rows.length, "row") : "", changesText(summary.counters), `${outcome.milliseconds < 10 ? outcome.milliseconds.toFixed(1) : Math.round(outcome.milliseconds).toLocaleString("en")} ms`];
    let shownTable: Table | null = null;
    const search = h("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows", hidden: view !== "Table", oninput: () => {
      const left = shownTable?.filter(search.value) ?? 0;
      factsBox.textContent = search.value ? `${count(left, "row")} of ${outcome.rows.length.toLocaleString("en")}` : facts.filter(Boolean).join(" · ");
    } });
    const factsBox = h("span", { class: "facts" }, facts.filter(Boolean).join(" · "));
    put(resultHead,
      views.length > 0 && h("div", { class: "seg", role: "tablist", "aria-label": "View" }, views.map((name) => h("button", {
        type: "button", role: "tab", "aria-selected": String(name === view), "aria-controls": "result",
        onclick: () => { view = name; keep("preferTable", name === "Table" || name === "Values"); show(); },
      }, name))),
      factsBox, h("span", { class: "grow" }), search,
      outcome.fields.length && !planned ? [
        button("Copy", () => void copy([outcome.fields.join("\t"), ...outcome.rows.map((row) => row.map((cell) => cellText(cell).replace(/[\t\n\r]/g, " ")).join("\t"))].join("\n"), count(outcome.rows.length, "row")), { icon: "copy", class: "quiet" }),
        downloads(result),
      ] : null);
    const warnings = (summary.notifications ?? []).map((warning) => h("p", { class: "notice" }, visible(warning.description)));
    if (outcome.more) warnings.unshift(h("p", { class: "notice" }, `The first ${count(limit, "row")} are here; the statement has more. Rows, above, sets how many are read.`));
    const body = h("div", { class: "r-view", role: "tabpanel", "aria-label": view || "Result" });
    put(resultBody, warnings, body);
    if (view === "Table") { shownTable = table(outcome.fields, outcome.rows, { name: "Rows of the result" }); body.append(shownTable.element); }
    else if (view === "Graph") { drawn = graphView(found, { graph: app.graph, color: labelColors(app.catalog) }); body.append(drawn.element); }
    else if (view === "Plan") body.append(planView(planned!));
    else if (view === "Values") body.append(values(outcome));
    else body.append(h("p", { class: "empty" }, icon("query"), changesText(summary.counters) || "Done; the statement has no result."));
  }

  function downloads(result: Result): HTMLElement {
    const outcome = result.outcome!;
    const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const kinds: [string, () => void][] = [
      ["CSV", () => download("result.csv", [outcome.fields.map(quoted).join(","), ...outcome.rows.map((row) => row.map((cell) => quoted(cellText(cell))).join(","))].join("\r\n"), "text/csv")],
      ["JSON", () => download("result.json", JSON.stringify(outcome.rows.map((row) => Object.fromEntries(row.map((cell, at) => [outcome.fields[at], plain(cell)]))), null, 1), "application/json")],
      ["Arrow", () => {
        arrow(result.statement, { graph: app.graph, parameterText: parameters })
          .then((bytes) => download("result.arrows", bytes, "application/vnd.apache.arrow.stream"))
          .catch((error: Error) => announce(`No Arrow file: ${error.message}`));
      }],
    ];
    const menu = h("details", { class: "menu" }, h("summary", {}, icon("download"), "Download"),
      h("div", { class: "menu-list" }, kinds.map(([name, act]) => h("button", { type: "button", onclick: () => { menu.open = false; act(); } }, name))));
    return menu;
  }

  function values(outcome: Outcome): HTMLElement {
    const list = h("div", { class: "values" });
    const add = (from: number): void => {
      for (const row of outcome.rows.slice(from, from + 50)) {
        list.append(h("article", {}, h("dl", { class: "properties" }, row.map((cell, at) => [h("dt", {}, visible(outcome.fields[at])), h("dd", { dir: "auto" }, tree(cell))]))));
      }
      if (outcome.rows.length > from + 50) {
        const more = button(`Show more of ${count(outcome.rows.length, "row")}`, () => { more.remove(); add(from + 50); }, { class: "quiet" });
        list.append(more);
      }
    };
    add(0);
    return list;
  }

  function failure(result: Result): HTMLElement {
    const error = result.error!;
    const place = error instanceof ServerError ? error.place : undefined;
    const text = place ? error.message.replace(new RegExp(`, at line ${place.line}, column ${place.column}$`), "") : error.message;
    const line = place ? result.statement.split("\n")[place.line - 1] ?? "" : "";
    const from = place ? Math.max(0, place.column - 60) : 0;
    const hint = text.match(/^([\s\S]*) \(([^()]*(?:\([^()]*\)[^()]*)*)\)$/);
    return h("div", { class: "failure", role: "alert" },
      h("h2", { class: "head" }, error instanceof ServerError && error.gqlStatus ? `Error ${error.gqlStatus}` : "Stopped"),
      h("p", {}, visible(hint ? hint[1] : text)),
      hint ? h("p", { class: "hint" }, h("strong", {}, "Hint "), visible(hint[2])) : null,
      place ? h("pre", {}, `${visible(line.slice(from, from + 160))}\n${" ".repeat(Math.max(0, place.column - 1 - from))}${"^".repeat(Math.max(1, Math.min(place.length, line.length - place.column + 1)))}`) : null,
      place ? h("small", {}, `line ${place.line}, column ${place.column}`) : null);
  }

  nameParameters();
  drawTools();
  drawSide();
  put(resultBody, h("div", { class: "welcome" }, h("h2", {}, "Ask the graph"),
    h("p", {}, "Write GQL above and press ", h("kbd", {}, "Ctrl"), " ", h("kbd", {}, "Enter"), ", or click a name on the left. Several statements are separated by ", h("kbd", {}, ";"), "."),
    h("p", { class: "row wrap" }, ["MATCH (n) RETURN n LIMIT 100", "MATCH p = (a)-[e]->(b) RETURN p LIMIT 50", "SHOW ALGOS", "SHOW FUNCTIONS"].map((statement) =>
      h("button", { type: "button", class: "sample", onclick: () => { made.set(statement); void runAll(); } }, statement)))));
  if (pending !== null) {
    const statement = pending;
    pending = null;
    made.set(statement);
    queueMicrotask(() => void runAll());
  }
  requestAnimationFrame(() => made.focus());
  return {
    element,
    leave: () => { running?.abort(); drawn?.stop(); },
    changed: () => { drawTools(); drawSide(); made.refresh(); },
  };
}

function changesText(counters: Record<string, number | boolean> | undefined): string {
  const texts: [string, string][] = [
    ["nodesCreated", "node inserted"], ["nodesDeleted", "node deleted"], ["relationshipsCreated", "edge inserted"], ["relationshipsDeleted", "edge deleted"],
    ["propertiesSet", "property set"], ["labelsAdded", "label added"], ["labelsRemoved", "label removed"], ["indexesAdded", "index made"], ["indexesRemoved", "index dropped"],
  ];
  return texts.filter(([key]) => Number(counters?.[key] ?? 0) > 0).map(([key, text]) => {
    const [noun, verb] = text.split(" ");
    const number = Number(counters![key]);
    const many = { property: "properties", index: "indexes" }[noun] ?? `${noun}s`;
    return `${number.toLocaleString("en")} ${number === 1 ? noun : many} ${verb}`;
  }).join(", ");
}

/** The tokens of a text as elements, for statements that are shown elsewhere. */
export function colored(text: string, app: App): HTMLElement {
  const shown = h("code", { class: "gql" });
  let at = 0;
  for (const token of tokens(text, app.words)) {
    shown.append(visible(text.slice(at, token.from)), h("span", { class: `t-${token.kind}` }, visible(text.slice(token.from, token.to))));
    at = token.to;
  }
  shown.append(visible(text.slice(at)));
  return shown;
}

export const focusEditor = (): void => editor?.focus();
