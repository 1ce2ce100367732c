// GQL as far as the editor needs it: tokens for colours, the ends of statements, and what is wanted at the cursor.

import type { Catalog } from "./api";

export type Kind = "keyword" | "function" | "name" | "quoted" | "string" | "number" | "comment" | "parameter" | "label" | "procedure" | "punctuation";
export interface Token { kind: Kind; from: number; to: number }

// `--` is an edge in `(a)--(b)` and `(a)<--(b)`, and begins a comment elsewhere.
const PATTERN = new RegExp([
  /(?<comment>\/\/[^\n]*|(?<![)\]<])--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/u,
  /(?<string>'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|"(?:[^"\\]|\\[\s\S]|"")*(?:"|$))/u,
  /(?<quoted>`(?:[^`]|``)*(?:`|$))/u,
  /(?<parameter>\$[\p{L}_][\p{L}\p{N}_]*|\$`(?:[^`]|``)*(?:`|$))/u,
  /(?<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)/u,
  /(?<procedure>\b(?:algo|db|dbms)(?:\.[\p{L}_][\p{L}\p{N}_]*)+)/u,
  /(?<name>[\p{L}_][\p{L}\p{N}_]*)/u,
  /(?<punctuation>[^\s])/u,
].map((part) => part.source).join("|"), "gu");

export interface Words { keywords: Set<string>; functions: Set<string> }

export function tokens(text: string, words: Words): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const groups = match.groups!;
    let kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Kind;
    const from = match.index;
    let to = from + match[0].length;
    if (kind === "name") {
      const upper = match[0].toUpperCase();
      const before = text.slice(0, from).trimEnd().slice(-1);
      const after = text.slice(to).match(/^\s*(.)/)?.[1] ?? "";
      if (before === ":" || before === "&" || before === "|") kind = "label";
      else if (before === "." || after === ".") kind = "name";
      else if (after === "(" && words.functions.has(upper)) kind = "function";
      else if (words.keywords.has(upper) && after !== ":" ) kind = "keyword";
    }
    found.push({ kind, from, to });
  }
  return found;
}

export interface Statement { text: string; from: number; to: number }

/** The statements of a text, which `;` separates, with their places. */
export function statements(text: string, words: Words): Statement[] {
  const found: Statement[] = [];
  let [start, first] = [0, -1];
  const close = (end: number): void => {
    if (first >= 0) found.push({ text: text.slice(first, end).trimEnd(), from: first, to: end });
    first = -1;
  };
  for (const token of tokens(text, words)) {
    if (token.kind === "punctuation" && text[token.from] === ";") {
      close(token.from);
      start = token.to;
    } else if (first < 0 && token.kind !== "comment") first = Math.max(start, token.from);
  }
  close(text.length);
  return found;
}

export type Want =
  | { kind: "word" } | { kind: "nothing" } | { kind: "nodeLabel" } | { kind: "edgeLabel" } | { kind: "property" } | { kind: "key" }
  | { kind: "procedure" } | { kind: "argument"; procedure: string; given: string[] } | { kind: "column"; procedure: string }
  | { kind: "parameter" } | { kind: "graph" } | { kind: "algorithm" };

/** What can stand at the end of a text: where the word that is being written begins, and of what kind it is. */
export function wanted(text: string, words: Words): { from: number; want: Want } {
  const all = tokens(text, words);
  const last = all.at(-1);
  if (last && last.to === text.length && (last.kind === "comment" || last.kind === "string" || last.kind === "number")) {
    const closed = last.kind === "string" && text.length > last.from + 1 && text.at(-1) === text[last.from];
    if (!closed) return { from: text.length, want: { kind: "nothing" } };
  }
  const typed = text.match(/[\p{L}_$][\p{L}\p{N}_]*$|\b(?:algo|db)\.[\p{L}\p{N}_.]*$|`[^`]*$|\$$/u)?.[0] ?? "";
  const from = text.length - typed.length;
  if (typed.startsWith("$")) return { from, want: { kind: "parameter" } };
  const before = all.filter((token) => token.to <= from && token.kind !== "comment");
  const word = (at: number): string => { const token = before.at(at); return token ? text.slice(token.from, token.to) : ""; };
  const upper = (at: number): string => word(at).toUpperCase();
  if (/^(algo|db)\./.test(typed) || upper(-1) === "CALL") return { from, want: { kind: "procedure" } };
  if (upper(-1) === "USE" || (upper(-1) === "GRAPH" && upper(-2) === "DROP")) return { from, want: { kind: "graph" } };
  if (upper(-1) === "ALGO" && upper(-2) === "DESCRIBE") return { from, want: { kind: "algorithm" } };
  // The brackets that are open here, the innermost last.
  const open: { at: number; text: string }[] = [];
  before.forEach((token, at) => {
    if (token.kind !== "punctuation") return;
    const letter = text[token.from];
    if ("([{".includes(letter)) open.push({ at, text: letter });
    else if (")]}".includes(letter)) open.pop();
    else if (letter === ";") open.length = 0;
  });
  const inner = open.at(-1);
  const opener = inner ? before[inner.at - 1] : undefined;
  const openerText = opener ? text.slice(opener.from, opener.to) : "";
  if ([":", "&", "|", "!"].includes(word(-1)) && inner && inner.text !== "{") {
    return { from, want: { kind: inner.text === "[" ? "edgeLabel" : "nodeLabel" } };
  }
  if (word(-1) === ":" && !inner) return { from, want: { kind: "nodeLabel" } };
  if (word(-1) === "." && before.at(-2)?.kind !== "number") return { from, want: { kind: "property" } };
  if (inner?.text === "{" && ["{", ","].includes(word(-1))) {
    const call = open.length >= 2 && open.at(-2)!.text === "(" ? before[open.at(-2)!.at - 1] : undefined;
    if (call?.kind === "procedure") {
      const inside = before.slice(inner.at + 1);
      const given = inside.filter((_, at) => text[inside[at + 1]?.from] === ":").map((token) => text.slice(token.from, token.to));
      return { from, want: { kind: "argument", procedure: text.slice(call.from, call.to), given } };
    }
    if (openerText === "" || opener!.kind !== "keyword") return { from, want: { kind: "key" } };
  }
  // After YIELD come columns, until the next clause.
  const clause = before.findLastIndex((token) => token.kind === "keyword");
  if (clause >= 0 && ["YIELD", "AS"].includes(text.slice(before[clause].from, before[clause].to).toUpperCase()) && !inner && [",", "YIELD"].includes(upper(-1))) {
    const call = before.findLast((token) => token.kind === "procedure");
    if (call) return { from, want: { kind: "column", procedure: text.slice(call.from, call.to) } };
  }
  return { from, want: { kind: "word" } };
}

export interface Candidate { label: string; apply?: string; detail?: string; info?: string; type: string; boost?: number }

/** A name as GQL accepts it: in back quotes unless it is a plain word. */
export const quotedName = (name: string): string => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``);

const BEGINNINGS = ["CALL", "CREATE", "DESCRIBE", "DROP", "EXPLAIN", "FOR", "INSERT", "LET", "MATCH", "PROFILE", "RETURN", "SHOW", "USE"];

/** The candidates at the end of a text. */
export function candidates(text: string, catalog: Catalog, words: Words, parameters: string[]): { from: number; list: Candidate[] } {
  const { from, want } = wanted(text, words);
  const typed = text.slice(from);
  const algorithm = (name: string) => catalog.algorithms.find((known) => known.name === name.replace(/^algo\./, "") || known.name === name.replace(/^algo\./, "").replace(/\.(stream|stats|write|estimate)$/, ""));
  const named = (names: string[], type: string, end = ""): Candidate[] => names.map((label) => ({ label, apply: quotedName(label) + end, type }));
  const labels = (kind: string): Candidate[] => catalog.labels.filter((label) => label.kind === kind)
    .map(({ label, count }) => ({ label, apply: quotedName(label), type: "class", detail: count.toLocaleString("en") }));
  let list: Candidate[] = [];
  switch (want.kind) {
    case "nodeLabel": list = labels("node"); break;
    case "edgeLabel": list = labels("edge"); break;
    case "property": list = named(["_id", ...catalog.propertyKeys], "property"); break;
    case "key": list = named(["_id", ...catalog.propertyKeys], "property", ": "); break;
    case "graph": list = named(catalog.graphs.map((graph) => graph.name), "namespace"); break;
    case "parameter": list = parameters.map((name) => ({ label: `$${name}`, type: "variable" })); break;
    case "algorithm": list = catalog.algorithms.map((known) => ({ label: known.name, type: "function", info: known.summary })); break;
    case "procedure":
      list = catalog.procedures.map((label) => ({ label, apply: `${label}(`, type: "function", info: algorithm(label)?.summary }));
      break;
    case "argument":
      list = (algorithm(want.procedure)?.parameters ?? []).filter(({ name }) => !want.given.includes(name)).map((parameter) => ({
        label: parameter.name, apply: `${parameter.name}: `, type: "property", detail: parameter.type,
        info: `${parameter.description} Default: ${parameter.default}${parameter.range ? ` (${parameter.range})` : ""}`,
      }));
      break;
    case "column": {
      const known = algorithm(want.procedure);
      const columns = want.procedure.endsWith(".stats") ? known?.statistics : want.procedure.endsWith(".write")
        ? ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"].map((name) => ({ name, type: "", description: "" })) : known?.columns;
      list = (columns ?? []).map((column) => ({ label: column.name, type: "property", detail: column.type, info: column.description }));
      break;
    }
    case "word": {
      if (!typed) {
        if (!/(^|;)\s*$/.test(text.replace(/\/\/[^\n]*|--[^\n]*/g, ""))) break;
        list = BEGINNINGS.map((label) => ({ label, apply: `${label} `, type: "keyword" }));
        break;
      }
      const lower = typed === typed.toLowerCase();
      const variables = new Set(tokens(text.slice(0, from), words).filter((token) => token.kind === "name" && text[token.from - 1] !== ".")
        .map((token) => text.slice(token.from, token.to)));
      list = [
        ...[...variables].map((label) => ({ label, type: "variable", boost: 2 })),
        ...catalog.keywords.map((word) => ({ label: lower ? word.toLowerCase() : word, type: "keyword" })),
        ...catalog.functions.map((known) => ({
          label: lower ? known.name.toLowerCase() : known.name, apply: `${lower ? known.name.toLowerCase() : known.name}(`,
          detail: known.signature, info: known.description, type: "function", boost: -1,
        })),
      ];
      break;
    }
    case "nothing": break;
  }
  // What is written out already needs no help, which would take the Enter of who goes on.
  return { from, list: list.some((candidate) => candidate.label === typed) ? [] : list };
}
