// The server as the page knows it: the query interface by lines, the catalog, tasks and their events. Addresses are relative to
// the page, so that it works behind a proxy's path too.

import type { Typed } from "./values";

export interface Place { offset: number; line: number; column: number; length: number }

export class ServerError extends Error {
  constructor(readonly status: number, message: string, readonly gqlStatus = "", readonly place?: Place) {
    super(message);
  }
}

export interface Parameter { name: string; type: string; default: string; range: string; description: string }
export interface Column { name: string; type: string; description: string }
export interface Algorithm {
  name: string; category: string; summary: string; modes: string[];
  parameters: Parameter[]; columns: Column[]; statistics: Column[];
}
export interface Catalog {
  version: string; user: string | null; role: "reader" | "editor" | "admin"; graph: string;
  graphs: { name: string; nodeCount: number; edgeCount: number }[];
  labels: { label: string; kind: "node" | "edge"; count: number }[];
  propertyKeys: string[]; models: string[]; keywords: string[];
  functions: { name: string; signature: string; description: string }[];
  procedures: string[]; algorithms: Algorithm[];
}

export interface PlanNode { operatorType: string; arguments: { Details: string }; children: PlanNode[]; records?: number; time?: number }

export interface Summary {
  counters?: Record<string, number | boolean>;
  notifications?: { description: string }[];
  queryPlan?: PlanNode;
  profiledQueryPlan?: PlanNode;
}

export interface Outcome { fields: string[]; rows: Typed[][]; summary: Summary; more: boolean; milliseconds: number }

export interface Options {
  graph: string;
  parameters?: Record<string, unknown>;
  /** Parameters as the user has written them, a JSON object: its numbers keep their digits. */
  parameterText?: string;
  readOnly?: boolean;
  /** Most rows that are read; the statement is ended after them. */
  limit?: number;
  signal?: AbortSignal;
  progress?: (rows: number) => void;
}

let authorization = "";
const SESSION = "wend.login";

export function signedOut(): void {
  authorization = "";
  try { sessionStorage.removeItem(SESSION); } catch { /* there is none */ }
}

/** Takes a login for the next requests; `keepIt` keeps it until the tab is closed. */
export function signIn(user: string, secret: string, keepIt: boolean): void {
  const bytes = new TextEncoder().encode(`${user}:${secret}`);
  authorization = user ? `Basic ${btoa(String.fromCharCode(...bytes))}` : `Bearer ${secret}`;
  try {
    if (keepIt) sessionStorage.setItem(SESSION, authorization);
  } catch { /* then it is not kept */ }
}

export function keptLogin(): void {
  try { authorization = sessionStorage.getItem(SESSION) ?? ""; } catch { authorization = ""; }
}

export const hasLogin = (): boolean => authorization !== "";

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (authorization) headers.set("Authorization", authorization);
  let response: Response;
  try {
    // Without credentials of the browser's own, so that it does not ask for a password by itself.
    response = await fetch(path, { ...init, headers, credentials: "omit", cache: "no-store" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerError(0, "the server cannot be reached: is it still running?");
  }
  if (response.ok) return response;
  let message = `the server answers ${response.status}`;
  let status = "";
  let place: Place | undefined;
  try {
    const first = (await response.json()).errors[0];
    [message, status, place] = [first.message, first.gqlStatus ?? "", first.position];
  } catch { /* no JSON: a proxy answers */ }
  throw new ServerError(response.status, message, status, place);
}

const graphPath = (graph: string): string => `db/${encodeURIComponent(graph)}`;

export const catalog = async (graph: string): Promise<Catalog> => (await ask(`${graphPath(graph)}/schema.json`)).json();

function body(statement: string, options: Options): string {
  const parameters = options.parameterText?.trim() || JSON.stringify(options.parameters ?? {});
  const rest = { statement, accessMode: options.readOnly ? "Read" : "Write", includeCounters: true };
  return `${JSON.stringify(rest).slice(0, -1)},"parameters":${parameters}}`;
}

/** Runs a statement and reads its rows as they come. */
export async function run(statement: string, options: Options): Promise<Outcome> {
  const begun = performance.now();
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const response = await ask(`${graphPath(options.graph)}/query/v2`, {
    method: "POST", body: body(statement, options), signal,
    headers: { "Content-Type": "application/json", Accept: "application/vnd.wend.query+jsonl" },
  });
  const outcome: Outcome = { fields: [], rows: [], summary: {}, more: false, milliseconds: 0 };
  let ended = false;
  const line = (text: string): void => {
    const { $event: event, _body: content } = JSON.parse(text);
    if (event === "Record") {
      if (options.limit !== undefined && outcome.rows.length >= options.limit) outcome.more = true;
      else outcome.rows.push(content);
    } else if (event === "Header") outcome.fields = content.fields;
    else if (event === "Summary") { outcome.summary = content; ended = true; }
    else if (event === "Error") throw new ServerError(200, content[0].message, content[0].gqlStatus, content[0].position);
  };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let parts: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    let from = 0;
    for (let end = value.indexOf("\n"); end >= 0 && !outcome.more; end = value.indexOf("\n", from)) {
      parts.push(value.slice(from, end));
      line(parts.join(""));
      parts = [];
      from = end + 1;
    }
    parts.push(value.slice(from));
    options.progress?.(outcome.rows.length);
    if (outcome.more) {
      stop.abort();
      break;
    }
  }
  if (!ended && !outcome.more) throw new ServerError(0, "the connection ended before the result did");
  outcome.milliseconds = performance.now() - begun;
  return outcome;
}

/** The rows of a statement that the page itself asks, as plain objects. */
export async function rows(statement: string, options: Options): Promise<Record<string, any>[]> {
  const response = await ask(`${graphPath(options.graph)}/query/v2`, {
    method: "POST", body: body(statement, options), signal: options.signal,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
  });
  const { data, errors } = await response.json();
  if (errors) throw new ServerError(200, errors[0].message, errors[0].gqlStatus);
  return data.values.map((row: unknown[]) => Object.fromEntries(data.fields.map((name: string, at: number) => [name, row[at]])));
}

/** The result as an Arrow stream. The statement runs again, and may only read. */
export async function arrow(statement: string, options: Options): Promise<ArrayBuffer> {
  const response = await ask(`${graphPath(options.graph)}/query/v2`, {
    method: "POST", body: body(statement, { ...options, readOnly: true }),
    headers: { "Content-Type": "application/json", Accept: "application/vnd.apache.arrow.stream" },
  });
  return response.arrayBuffer();
}

export async function map(graph: string, query: Record<string, string>, signal: AbortSignal): Promise<ArrayBuffer> {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  return (await ask(`${graphPath(graph)}/embedding/2d?${given}`, { signal })).arrayBuffer();
}

export interface Task {
  task_id: string; type: string; query: string; status: string; started_at: string; progress: number;
  nodes_written: number | null; compute_time_ms: number | null; write_time_ms: number | null; error: string | null; stage?: string | null;
}

export const tasks = async (): Promise<Task[]> => (await (await ask("tasks")).json()).tasks;

/** Where nodes lie after an epoch of a training; their `_id`s come with the first. */
export interface Points { epoch: number; loss: number; score: number | null; places: (number | null)[]; ids?: string[] }

/** Reads server-sent events. EventSource cannot send a login, so this is done by hand. */
async function events(response: Response, heard: (event: string, data: any) => void): Promise<void> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop() ?? "";
    for (const event of whole) {
      const field = (name: string): string | undefined => event.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (data) heard(field("event") ?? "", JSON.parse(data));
    }
  }
}

/** Follows a task until it ends; with `points` also where nodes lie while it trains. */
export async function follow(id: string, heard: (task: Task) => void, signal: AbortSignal, points?: (points: Points) => void): Promise<void> {
  const response = await ask(`tasks/${encodeURIComponent(id)}/events${points ? "?points=true" : ""}`, { signal });
  await events(response, (event, data) => { if (event === "points") points?.(data); else heard(data); });
}

export interface PlannedEnd { columns: string[]; table: string; referenced: string[] }
export interface PlannedTable { table: string; label: string; key: string[]; found: boolean; properties: { column: string; property: string }[]; time: string | null; rows: number | null }
export interface PlannedEdge {
  table: string; label: string; source: PlannedEnd | null; destination: PlannedEnd; properties: { column: string; property: string }[]; time: string | null; found: boolean;
  counts: { edges: number; withoutKey: number; dangling: number; firstDangling: string | null } | null;
}
export interface TablePlan {
  tables: PlannedTable[]; edges: PlannedEdge[]; proposals: PlannedEdge[]; leftOut: { what: string; why: string }[]; warnings: string[]; map: string;
}
export interface TablePreview { table: string; rows: number | null; columns: { name: string; type: string | null }[]; first: (string | boolean | null)[][] }
export interface Planned { plan: TablePlan; preview: TablePreview[] }
export interface Wishes { map?: string; inferKeys?: boolean; strict?: boolean }

const tables = (graph: string, id = ""): string => `${graphPath(graph)}/import/tables${id ? `/${encodeURIComponent(id)}` : ""}`;
const posted = (wishes: object, signal?: AbortSignal): RequestInit => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wishes), signal });

/** Sends files of tables, a tar archive, and gets what would become of them. */
export const sendTables = async (graph: string, archive: Blob, signal: AbortSignal): Promise<Planned & { id: string }> =>
  (await ask(tables(graph), { method: "POST", headers: { "Content-Type": "application/x-tar" }, body: archive, signal })).json();

export const planTables = async (graph: string, id: string, wishes: Wishes, signal: AbortSignal): Promise<Planned> =>
  (await ask(tables(graph, id), posted({ ...wishes, dryRun: true }, signal))).json();

/** Imports files that were sent: all rows or none. */
export async function importTables(graph: string, id: string, wishes: Wishes, progress: (percent: number, stage: string) => void, signal: AbortSignal): Promise<{ nodes: number; edges: number; seconds: number; plan: TablePlan }> {
  let report: any = null;
  await events(await ask(tables(graph, id), posted(wishes, signal)), (event, data) => {
    if (event === "progress") progress(data.progress, data.stage);
    else if (event === "error") throw new ServerError(200, data.errors[0].message, data.errors[0].gqlStatus);
    else report = data;
  });
  if (!report) throw new ServerError(0, "the connection ended before the import did");
  return report;
}

/** Removes files that were sent and are not wanted any more. */
export const forgetTables = async (graph: string, id: string): Promise<void> => { await ask(tables(graph, id), { method: "DELETE" }).catch(() => undefined); };

/** A transaction of several statements: all or none. */
export async function together(graph: string, statements: Iterable<[string, Record<string, unknown>]>, progress: (done: number) => void): Promise<void> {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const base = `${graphPath(graph)}/query/v2/tx`;
  const { transaction } = await (await ask(base, { method: "POST", headers, body: "{}" })).json();
  try {
    let done = 0;
    for (const [statement, parameters] of statements) {
      const response = await ask(`${base}/${transaction.id}`, { method: "POST", headers, body: JSON.stringify({ statement, parameters }) });
      const { errors } = await response.json();
      if (errors) throw new ServerError(200, errors[0].message, errors[0].gqlStatus);
      progress(++done);
    }
    await ask(`${base}/${transaction.id}/commit`, { method: "POST", headers, body: "{}" });
  } catch (error) {
    // A failed statement has ended the transaction already; otherwise it ends by itself in a minute.
    await ask(`${base}/${transaction.id}`, { method: "DELETE" }).catch(() => undefined);
    throw error;
  }
}
