// Pages over what SHOW lists: models, embeddings, indexes, users, sessions.

import { rows, run } from "./api";
import type { App, Page } from "./app";
import { announce, button, confirmed, dialog, h, put, select, type Child } from "./dom";
import { quotedName } from "./lex";
import { table } from "./table";
import { short, visible } from "./values";

type Row = Record<string, any>;

interface Listed {
  title: string;
  statement: string;
  empty: string;
  /** Columns in another order or with other names; all without it. */
  columns?: [string, string, ((row: Row) => Child)?][];
  /** Which rows are shown; all without it. */
  only?(row: Row): boolean;
  actions?(row: Row, again: () => void): Child[];
  head?(again: () => void): Child;
}

const said = (value: unknown): Child => {
  if (value === null || value === undefined) return h("span", { class: "null" }, "—");
  if (value === true || value === false) return value ? "yes" : "no";
  if (typeof value === "object") return h("code", {}, short(JSON.stringify(value), 120));
  if (typeof value === "number") return value.toLocaleString("en");
  const text = String(value);
  const moment = text.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d/) ? new Date(text.replace(/\[.*$/, "")) : null;
  return moment && !Number.isNaN(moment.getTime()) ? h("time", { datetime: moment.toISOString(), title: text }, moment.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })) : short(text, 160);
};

/** A section with the rows of a SHOW. */
function listed(app: App, what: Listed): { element: HTMLElement; again(): Promise<void> } {
  const body = h("div", { class: "listed" });
  const head = h("div", { class: "row between" }, h("h2", {}, what.title));
  const element = h("section", { class: "card", "aria-label": what.title }, head, body);
  async function again(): Promise<void> {
    try {
      const found = (await rows(what.statement, { graph: app.graph, readOnly: true })).filter((row) => what.only?.(row) ?? true);
      if (!found.length) { put(body, h("p", { class: "quiet-text" }, what.empty)); return; }
      const columns = what.columns ?? Object.keys(found[0]).map((key) => [key, spaced(key)] as [string, string]);
      put(body, h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": `${what.title}, table` }, h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, columns.map(([, name]) => h("th", { scope: "col" }, name)), what.actions ? h("th", { scope: "col" }, h("span", { class: "offscreen" }, "Actions")) : null)),
        h("tbody", {}, found.map((row) => h("tr", {}, columns.map(([key, , show]) => h("td", { dir: "auto" }, show ? show(row) : said(row[key]))),
          what.actions ? h("td", { class: "actions" }, what.actions(row, () => void again())) : null))))));
    } catch (error) {
      put(body, h("p", { class: "bad", role: "alert" }, (error as Error).message));
    }
  }
  if (what.head) head.append(h("div", { class: "row" }, what.head(() => void again()) as Node));
  void again();
  return { element, again };
}

const spaced = (name: string): string => name.replace(/_/g, " ").replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

function page(title: string, intro: string, sections: { element: HTMLElement; again(): Promise<void> }[], every = 0): Page {
  const timer = every ? setInterval(() => { if (!document.hidden) sections.forEach((section) => void section.again()); }, every) : 0;
  return {
    element: h("div", { class: "page" }, h("header", { class: "page-head" }, h("h1", {}, title),
      button("Refresh", () => sections.forEach((section) => void section.again()), { icon: "refresh", class: "quiet" })),
    h("p", { class: "intro" }, intro), h("div", { class: "cards" }, sections.map((section) => section.element))),
    leave: () => clearInterval(timer),
  };
}

/** Runs a statement of the page, and says what came of it. */
async function act(app: App, statement: string, parameters: Record<string, unknown>, done: string, then: () => void): Promise<boolean> {
  try {
    await run(statement, { graph: app.graph, parameters });
    announce(done);
    then();
    return true;
  } catch (error) {
    announce((error as Error).message);
    return false;
  }
}

const literal = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

export function modelsPage(app: App): Page {
  const models = listed(app, {
    title: "Models", statement: "SHOW MODELS", empty: "No models yet: a call such as algo.gnn_embed with saveModel: 'name' trains one.",
    columns: [["name", "name"], ["algorithm", "algorithm"], ["model", "model"], ["graph", "graph"], ["scores", "scores", (row) => scores(row.scores)], ["bytes", "size", (row) => `${Math.ceil(row.bytes / 1024).toLocaleString("en")} KiB`], ["createdAt", "trained"]],
    actions: (row, again) => [
      button("Describe", () => void describe(app, row.name), { class: "small" }),
      app.canWrite && button("Drop", () => confirmed("Drop this model?", `The model ${row.name} is gone for good.`, "Drop",
        () => void act(app, `DROP MODEL ${literal(row.name)}`, {}, `${row.name} dropped`, again)), { class: "small danger" }),
    ],
  });
  return page("Models", "What algorithms have learned, with the scores on what they had not seen.", [models]);
}

const scores = (given: unknown): Child => (given && typeof given === "object" ? h("span", { class: "row wrap" }, Object.entries(given as Row).filter(([, value]) => typeof value === "number")
  .slice(0, 6).map(([name, value]) => h("span", { class: "chip" }, `${spaced(name)} ${Number(value).toFixed(3)}`))) : said(given));

async function describe(app: App, name: string): Promise<void> {
  try {
    const outcome = await run(`DESCRIBE MODEL ${literal(name)}`, { graph: app.graph, readOnly: true });
    dialog(name, () => h("div", { class: "tall" }, table(outcome.fields, outcome.rows, { name: `Description of ${name}` }).element));
  } catch (error) { announce((error as Error).message); }
}

export function embeddingsPage(app: App): Page {
  const embeddings = listed(app, {
    title: "Embeddings", statement: "SHOW EMBEDDINGS", empty: "No algorithm has written vectors yet: CALL algo.node2vec.write({}, {db: {property: 'embedding'}}) does.",
    columns: [["property", "property"], ["algorithm", "algorithm"], ["parameters", "parameters"], ["nodes", "nodes"],
      ["stale", "state", (row) => (row.stale ? h("span", { class: "badge warn" }, `${Number(row.changedNodes ?? 0).toLocaleString("en")} nodes changed since`) : h("span", { class: "badge ok" }, "as the graph is"))], ["createdAt", "written"]],
    actions: (row, again) => [
      button("Map", () => app.go("map", { property: row.property }), { icon: "map", class: "small" }),
      app.canWrite && button("Recompute", () => void act(app, `REFRESH EMBEDDING ${quotedName(row.property)}`, {}, `${row.property} recomputed`, again), { icon: "refresh", class: "small" }),
    ],
  });
  return page("Embeddings", "The vectors that algorithms have written, how, and whether the graph has changed since.", [embeddings]);
}

export function indexesPage(app: App): Page {
  const labels = (kind: string) => app.catalog.labels.filter((label) => label.kind === kind).map(({ label }) => [label, visible(label)] as [string, string]);
  const indexes = listed(app, {
    title: "Indexes", statement: "SHOW INDEXES", empty: "No indexes.",
    actions: (row, again) => [app.canWrite && row.label !== null ? button("Drop", () => confirmed("Drop this index?", `Statements that use ${row.name} become slower.`, "Drop",
      () => void act(app, `DROP INDEX ${quotedName(row.name)}`, {}, `${row.name} dropped`, again)), { class: "small danger" }) : null],
    head: (again) => (app.canWrite ? button("New index", () => dialog("New index", (close) => {
      const form = { kind: "NODE", label: labels("node")[0]?.[0] ?? "", property: app.catalog.propertyKeys[0] ?? "", name: "", unique: false };
      const body = h("form", { onsubmit: (event: Event) => {
        event.preventDefault();
        const name = form.name || `${form.label}_${form.property}`.replace(/[^\p{L}\p{N}_]/gu, "_");
        void act(app, `CREATE ${form.unique ? "UNIQUE " : ""}INDEX ${quotedName(name)} ON ${form.kind} ${quotedName(form.label)} (${quotedName(form.property)})`, {}, `${name} made`, again).then((done) => done && close());
      } });
      const draw = (): void => put(body,
        select("Of", [["NODE", "nodes"], ["EDGE", "edges"]], form.kind, (value) => { form.kind = value; form.label = labels(value.toLowerCase())[0]?.[0] ?? ""; draw(); }),
        select("Label", labels(form.kind.toLowerCase()), form.label, (value) => { form.label = value; }),
        select("Property", app.catalog.propertyKeys.map((key) => [key, visible(key)]), form.property, (value) => { form.property = value; }),
        h("label", { class: "field" }, h("span", {}, "Name"), h("input", { type: "text", placeholder: "made from label and property", oninput: (event: Event) => { form.name = (event.target as HTMLInputElement).value; } })),
        h("label", { class: "check" }, h("input", { type: "checkbox", onchange: (event: Event) => { form.unique = (event.target as HTMLInputElement).checked; } }), "No two have the same value"),
        h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "primary" }, "Make it")));
      draw();
      return body;
    }), { icon: "plus", class: "small" }) : null),
  });
  const constraints = listed(app, { title: "Constraints", statement: "SHOW CONSTRAINTS", empty: "No constraints." });
  return page("Indexes", "What makes lookups fast, and what values must be.", [indexes, constraints]);
}

export function usersPage(app: App): Page {
  const roles: [string, string][] = [["reader", "reader: reads"], ["editor", "editor: changes data"], ["admin", "admin: manages users too"]];
  const users = listed(app, {
    title: "Users", statement: "SHOW USERS", empty: "No users: the server runs without logins.",
    actions: (row, again) => [
      button("Role", () => dialog(`Role of ${row.name}`, (close) => {
        let role = row.role;
        return [select("Role", roles, role, (value) => { role = value; }), h("p", { class: "quiet-text" }, "It takes effect at the next login."),
          h("div", { class: "row end" }, button("Cancel", close), button("Change", () => void act(app, `ALTER USER ${quotedName(row.name)} ROLE ${role}`, {}, `${row.name} is ${role}`, again).then((done) => done && close()), { class: "primary" }))];
      }), { class: "small" }),
      button("Drop", () => confirmed("Drop this user?", `The connections, transactions and tokens of ${row.name} end.`, "Drop", () => void act(app, `DROP USER ${quotedName(row.name)}`, {}, `${row.name} dropped`, again)), { class: "small danger" }),
    ],
    head: (again) => button("New user", () => dialog("New user", (close) => {
      const name = h("input", { type: "text", required: true, autocomplete: "off" });
      const password = h("input", { type: "password", required: true, minlength: "8", autocomplete: "new-password" });
      let role = "reader";
      return h("form", { onsubmit: (event: Event) => {
        event.preventDefault();
        void act(app, `CREATE USER ${quotedName(name.value)} PASSWORD $password ROLE ${role}`, { password: password.value }, `${name.value} may log in`, again).then((done) => done && close());
      } }, h("label", { class: "field" }, h("span", {}, "Name"), name), h("label", { class: "field" }, h("span", {}, "Password, at least 8 bytes"), password),
      select("Role", roles, role, (value) => { role = value; }), h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "primary" }, "Make the user")));
    }), { icon: "plus", class: "small" }),
  });
  const tokens = listed(app, {
    title: "Tokens", statement: "SHOW TOKENS", empty: "No tokens: CREATE TOKEN name FOR user makes one for a program.",
    actions: (row, again) => [button("Drop", () => confirmed("Drop this token?", `Programs that log in with ${row.name} are refused from now on.`, "Drop", () => void act(app, `DROP TOKEN ${quotedName(row.name)}`, {}, `${row.name} dropped`, again)), { class: "small danger" })],
  });
  return page("Users", "Who may log in, and what they may do.", [users, tokens]);
}

export function sessionsPage(app: App): Page {
  const queries = listed(app, {
    title: "Running statements", statement: "SHOW QUERIES", empty: "Nothing is running.",
    // Without those of this page.
    only: (row) => !/^SHOW (QUERIES|SESSIONS|TRANSACTIONS)$/.test(String(row.query)),
    columns: [["queryId", "id"], ["user", "user"], ["query", "statement", (row) => h("code", {}, short(String(row.query), 140))], ["elapsedMs", "for", (row) => `${(row.elapsedMs / 1000).toFixed(1)} s`], ["rows", "rows"]],
    actions: (row, again) => [button("Kill", () => confirmed("End this statement?", `${short(String(row.query), 200)}`, "Kill", () => void act(app, `KILL QUERY ${literal(String(row.queryId))}`, {}, `${row.queryId} ended`, again)), { class: "small danger" })],
  });
  const sessions = listed(app, { title: "Sessions", statement: "SHOW SESSIONS", empty: "No sessions." });
  const transactions = listed(app, { title: "Open transactions", statement: "SHOW TRANSACTIONS", empty: "No open transactions." });
  return page("Sessions", "Who is connected, what runs, and what is open. It is looked up again every two seconds.", [queries, sessions, transactions], 2000);
}
