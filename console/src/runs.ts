// Calls of algorithms that write: a form of an algorithm's parameters, and a few of a training's beside its curves, which start the
// next run.

import { run, type Algorithm, type Parameter } from "./api";
import type { App } from "./app";
import { announce, button, dialog, h, icon, put, select } from "./dom";
import { tokens } from "./lex";
import { colored } from "./query";
import { short } from "./values";

/** A call `algo.NAME.write({..}, {..})`, with its arguments as they were written. */
export interface Call { algorithm: string; given: Map<string, string>; target: Map<string, string> }

/** The call that a task's statement is, where it is nothing else. */
export function callOf(statement: string): Call | null {
  const words = { keywords: new Set<string>(), functions: new Set<string>() };
  const list = tokens(statement, words).filter((token) => token.kind !== "comment").map((token) => ({ ...token, text: statement.slice(token.from, token.to) }));
  const name = list[1]?.text.match(/^algo\.(.+)\.write$/)?.[1];
  if (list[0]?.text.toUpperCase() !== "CALL" || !name || list[2]?.text !== "(") return null;
  let at = 3;
  /** The fields of the record that begins here. */
  const record = (): Map<string, string> | null => {
    const fields = new Map<string, string>();
    if (list[at]?.text !== "{") return null;
    at++;
    while (list[at] && list[at].text !== "}") {
      const key = list[at];
      if (list[at + 1]?.text !== ":") return null;
      at += 2;
      const from = list[at]?.from;
      let depth = 0;
      for (; list[at]; at++) {
        const text = list[at].text;
        if (depth === 0 && (text === "," || text === "}")) break;
        if ("{[(".includes(text)) depth++;
        if ("}])".includes(text)) depth--;
      }
      if (!list[at] || from === undefined || from >= list[at].from) return null;
      fields.set(key.text.replace(/^`(.*)`$/s, "$1"), statement.slice(from, list[at].from).trim());
      if (list[at].text === ",") at++;
    }
    at++;
    return fields;
  };
  const given = record();
  if (!given || list[at]?.text !== ",") return null;
  at++;
  const target = record();
  return target && list[at]?.text === ")" ? { algorithm: name, given, target } : null;
}

/** The statement that starts a call as a task. */
export function started({ algorithm, given, target }: Call): string {
  const fields = (record: Map<string, string>): string => [...record].filter(([, value]) => value.trim()).map(([name, value]) => `${name}: ${value.trim()}`).join(", ");
  return `CALL algo.${algorithm}.write({${fields(given)}}, {${fields(new Map([...target, ["wait", "false"]]))}}) YIELD task_id`;
}

/** A field for the value of a parameter, as it is written in GQL. */
function field(parameter: Parameter, id: string, value: string, change: (value: string) => void): HTMLElement {
  const choices = parameter.type === "STRING" && parameter.range.includes("|") ? parameter.range.split("|").map((choice) => choice.trim()) : null;
  if (!choices) {
    return h("input", { id, type: "text", value, placeholder: `${parameter.type}, default ${short(parameter.default, 40)}`, oninput: (event: Event) => change((event.target as HTMLInputElement).value) });
  }
  const list = h("select", { id, onchange: (event: Event) => change((event.target as HTMLSelectElement).value) },
    h("option", { value: "" }, `default: ${short(parameter.default, 40)}`), choices.map((choice) => h("option", { value: `'${choice}'` }, choice)));
  list.value = value.replace(/^"(.*)"$/s, "'$1'");
  return list;
}

/** A form of an algorithm's parameters, which starts a task; `like` is an earlier call. */
export function newRun(app: App, then: () => void, like?: Call): void {
  const writable = app.catalog.algorithms.filter((algorithm) => algorithm.modes.includes("write"));
  let chosen: Algorithm = writable.find((algorithm) => algorithm.name === (like?.algorithm ?? "gnn_embed")) ?? writable[0];
  const given = new Map(like?.given ?? []);
  const db = like?.target.get("db");
  let property = db?.match(/^\{\s*property\s*:\s*'((?:[^'\\]|\\.)*)'\s*\}$/)?.[1].replace(/\\(.)/g, "$1") ?? "embedding";
  // Another form than one property is kept as it was written.
  let written = db ?? "";
  dialog("New run", (close) => {
    const fields = h("div", { class: "fields" });
    const preview = h("div", { class: "statement" });
    const problem = h("p", { class: "bad", role: "alert" });
    const summary = h("p", {}, chosen.summary);
    let filter = "";
    const text = (): string => started({
      algorithm: chosen.name, given,
      target: new Map([...(like?.target ?? []), ["db", written || `{property: '${property.replace(/[\\']/g, "\\$&")}'}`]]),
    });
    const show = (): void => put(preview, colored(text(), app));
    const draw = (): void => {
      const wanted = chosen.parameters.filter((parameter) => !filter || `${parameter.name} ${parameter.description}`.toLowerCase().includes(filter));
      put(fields, wanted.map((parameter) => {
        const id = `p-${parameter.name}`;
        const input = field(parameter, id, given.get(parameter.name) ?? "", (value) => { if (value) given.set(parameter.name, value); else given.delete(parameter.name); show(); });
        return h("div", { class: "field" }, h("label", { for: id }, parameter.name), input, h("small", {}, short(parameter.description, 200)));
      }));
      show();
    };
    draw();
    return h("form", { class: "run-form", onsubmit: (event: Event) => {
      event.preventDefault();
      run(text(), { graph: app.graph }).then(() => { close(); then(); }).catch((error: Error) => { problem.textContent = error.message; });
    } },
    h("div", { class: "row wrap" },
      select("Algorithm", writable.map((algorithm) => [algorithm.name, algorithm.name]), chosen.name, (name) => { chosen = writable.find((algorithm) => algorithm.name === name)!; given.clear(); summary.textContent = chosen.summary; draw(); }),
      h("label", { class: "field" }, h("span", {}, "Written to the property"), h("input", { type: "text", value: property, oninput: (event: Event) => { property = (event.target as HTMLInputElement).value; written = ""; show(); } })),
      h("label", { class: "field" }, h("span", {}, "Find a parameter"), h("input", { type: "search", oninput: (event: Event) => { filter = (event.target as HTMLInputElement).value.toLowerCase(); draw(); } }))),
    summary, h("p", { class: "quiet-text" }, "Values are written as in GQL: numbers, 'texts', ['lists'], {records: 1}. What is left empty keeps its default."),
    fields, preview, problem,
    h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "primary" }, icon("play"), "Start")));
  });
}

/** The parameters of a training that are tried most. */
const TRIED = ["model", "layers", "dimensions", "hiddenDimensions", "learningRate", "dropout", "weightDecay", "epochs", "patience", "seed"];

/** A few hyper-parameters of a training, as it had them, and a button that starts the next run; nothing for other calls. */
export function nextRun(app: App, statement: string, name: string, then: () => void): HTMLElement | null {
  const call = callOf(statement);
  const algorithm = app.catalog.algorithms.find((known) => known.name === call?.algorithm);
  if (!call || !algorithm || algorithm.name !== "gnn_embed" || !app.canWrite) return null;
  const given = new Map(call.given);
  const now = (): Call => ({ ...call, given });
  const problem = h("p", { class: "bad", role: "alert" });
  const fields = TRIED.flatMap((tried) => algorithm.parameters.filter((parameter) => parameter.name === tried));
  return h("form", { class: "next-run", "aria-label": "The next run", onsubmit: (event: Event) => {
    event.preventDefault();
    problem.textContent = "";
    run(started(now()), { graph: app.graph }).then(() => { announce("The next run has started"); then(); }).catch((error: Error) => { problem.textContent = error.message; });
  } },
  h("div", { class: "hyper" }, fields.map((parameter) => {
    const id = `n-${name}-${parameter.name}`;
    return h("div", { class: "field" }, h("label", { for: id, title: short(parameter.description, 300) }, parameter.name),
      field(parameter, id, given.get(parameter.name) ?? "", (value) => { if (value.trim()) given.set(parameter.name, value); else given.delete(parameter.name); }));
  })),
  problem,
  h("div", { class: "row" }, h("button", { type: "submit", class: "small primary" }, icon("play"), "Start the next run"), button("All parameters", () => newRun(app, then, now()), { class: "small" })));
}
