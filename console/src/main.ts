// The console of WendDB. Without data of its own the page asks its server; in a file of `wend draw` it shows the data beside it.

import "./style.css";
import { ServerError, catalog as askCatalog, hasLogin, keptLogin, signIn, signedOut, type Catalog } from "./api";
import { words, type App, type Page } from "./app";
import { button, h, icon, put, s } from "./dom";
import { graphView, type GraphData } from "./graph";
import { importPage } from "./import";
import { keep, kept } from "./keep";
import { mapPage, mapView, readBlock } from "./map";
import { embeddingsPage, indexesPage, modelsPage, sessionsPage, usersPage } from "./pages";
import { queryPage, runNext } from "./query";
import { tasksPage } from "./tasks";
import { visible } from "./values";

interface Entry { name: string; title: string; icon: string; make(app: App, query: Record<string, string>): Page; may?(app: App): boolean }

const PAGES: Entry[] = [
  { name: "query", title: "Query", icon: "query", make: queryPage },
  { name: "map", title: "Embedding map", icon: "map", make: mapPage },
  { name: "tasks", title: "Tasks", icon: "tasks", make: tasksPage },
  { name: "models", title: "Models", icon: "models", make: modelsPage },
  { name: "embeddings", title: "Embeddings", icon: "embeddings", make: embeddingsPage },
  { name: "indexes", title: "Indexes", icon: "indexes", make: indexesPage },
  { name: "import", title: "Import", icon: "import", make: importPage, may: (app) => app.canWrite },
  { name: "sessions", title: "Sessions", icon: "sessions", make: sessionsPage },
  { name: "users", title: "Users", icon: "users", make: usersPage, may: (app) => app.isAdmin },
];

function theme(): "light" | "dark" {
  const chosen = kept<string>("theme", "");
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function applyTheme(): void {
  document.documentElement.dataset.theme = theme();
  document.dispatchEvent(new Event("themechange"));
}

const logo = (): SVGElement => s("svg", { viewBox: "0 0 32 32", class: "logo", "aria-hidden": "true" },
  s("rect", { width: 32, height: 32, rx: 8, class: "logo-back" }), s("path", { d: "M7 10l5 13 4-11 4 11 5-13", class: "logo-line" }));

let shownPage: Page | null = null;

function signInPage(problem = ""): void {
  shownPage?.leave?.();
  shownPage = null;
  const user = h("input", { type: "text", autocomplete: "username", autocapitalize: "none", required: true, value: kept("user", "wend") });
  const secret = h("input", { type: "password", autocomplete: "current-password", required: true });
  const keepIt = h("input", { type: "checkbox", checked: true });
  const wrong = h("p", { class: "bad", role: "alert" }, problem);
  const token = h("input", { type: "checkbox", onchange: () => { userField.hidden = token.checked; user.required = !token.checked; secretName.textContent = token.checked ? "Token" : "Password"; } });
  const userField = h("label", { class: "field" }, h("span", {}, "User"), user);
  const secretName = h("span", {}, "Password");
  put(document.body, h("main", { class: "sign-in" }, h("form", {
    class: "card", onsubmit: async (event: Event) => {
      event.preventDefault();
      signIn(token.checked ? "" : user.value, secret.value, keepIt.checked);
      if (!token.checked) keep("user", user.value);
      wrong.textContent = "";
      await start();
    },
  }, h("div", { class: "brand" }, logo(), h("h1", {}, "WendDB")), h("p", {}, "Sign in as a user of the database."),
  userField, h("label", { class: "field" }, secretName, secret),
  h("label", { class: "check" }, token, "With a token"), h("label", { class: "check" }, keepIt, "Stay signed in until this tab is closed"),
  wrong, h("button", { type: "submit", class: "primary wide" }, "Sign in"))));
  (user.value ? secret : user).focus();
}

async function start(): Promise<void> {
  let first: Catalog;
  try {
    first = await askCatalog(kept("graph", "default")).catch((error) => {
      // The graph of the last visit may be gone.
      if (error instanceof ServerError && error.status === 404) return askCatalog("default");
      throw error;
    });
  } catch (error) {
    const had = hasLogin();
    if (error instanceof ServerError && error.status === 401) { signedOut(); signInPage(had ? error.message : ""); } else {
      put(document.body, h("main", { class: "sign-in" }, h("div", { class: "card" }, h("div", { class: "brand" }, logo(), h("h1", {}, "WendDB")), h("p", { class: "bad", role: "alert" }, (error as Error).message),
        button("Try again", () => void start(), { class: "primary" }), button("Sign in as another user", () => { signedOut(); signInPage(); }, { class: "quiet" }))));
    }
    return;
  }
  frame(first);
}

function frame(first: Catalog): void {
  const nav = h("nav", { class: "nav", "aria-label": "Pages" });
  const main = h("main", { class: "main", id: "main", tabindex: "-1" });
  const app: App = {
    catalog: first, words: words(first), graph: first.graph, canWrite: first.role !== "reader", isAdmin: first.role === "admin",
    async refresh() {
      app.catalog = await askCatalog(app.graph);
      app.words = words(app.catalog);
      shownPage?.changed?.();
    },
    async useGraph(name) {
      const next = await askCatalog(name);
      Object.assign(app, { catalog: next, words: words(next), graph: name });
      keep("graph", name);
      shownPage?.changed?.();
    },
    query(statement) { runNext(statement); app.go("query"); },
    go(page, query = {}) {
      if (page === "signin") { signedOut(); signInPage("Your login is not valid any more."); return; }
      const given = new URLSearchParams(query).toString();
      const next = `#/${page}${given ? `?${given}` : ""}`;
      if (location.hash === next) open();
      else location.hash = next;
    },
  };

  function drawNav(now: string): void {
    const dark = theme() === "dark";
    put(nav, h("a", { class: "brand", href: "#/query", "aria-label": "WendDB, to the editor" }, logo(), h("span", {}, "WendDB")),
      h("ul", {}, PAGES.filter((entry) => entry.may?.(app) ?? true).map((entry) => h("li", {}, h("a", { href: `#/${entry.name}`, title: entry.title, ...(entry.name === now ? { "aria-current": "page" } : {}) }, icon(entry.icon), h("span", {}, entry.title))))),
      h("div", { class: "nav-foot" },
        app.catalog.user ? h("p", { class: "who", title: `${app.catalog.user}, ${app.catalog.role}` }, h("strong", { class: "ellipsis" }, visible(app.catalog.user)), h("small", {}, app.catalog.role)) : null,
        h("div", { class: "row" },
          button(dark ? "Light colours" : "Dark colours", () => { keep("theme", dark ? "light" : "dark"); applyTheme(); drawNav(now); }, { icon: dark ? "sun" : "moon", bare: true, class: "quiet" }),
          hasLogin() ? button("Sign out", () => { signedOut(); location.hash = ""; signInPage(); }, { icon: "out", bare: true, class: "quiet" }) : null,
          h("small", { class: "version" }, app.catalog.version))));
  }

  function open(): void {
    const [name, query] = location.hash.replace(/^#\/?/, "").split("?");
    const entry = PAGES.find((known) => known.name === name && (known.may?.(app) ?? true)) ?? PAGES[0];
    shownPage?.leave?.();
    drawNav(entry.name);
    document.title = `${entry.title} · WendDB`;
    shownPage = entry.make(app, Object.fromEntries(new URLSearchParams(query ?? "")));
    put(main, shownPage.element);
  }

  put(document.body, h("a", { class: "skip", href: "#main", onclick: (event: Event) => { event.preventDefault(); main.focus(); } }, "To the content"), h("div", { class: "frame" }, nav, main));
  addEventListener("hashchange", open);
  open();
}

/** A file of `wend draw`: a picture with its data. */
function drawing(text: string): void {
  const data = JSON.parse(text) as { kind: "graph" | "map"; title: string; graph?: GraphData; color?: string; block?: string };
  const main = h("main", { class: "drawing" }, h("header", {}, logo(), h("h1", {}, visible(data.title))));
  put(document.body, main);
  if (data.kind === "map") {
    const bytes = Uint8Array.from(atob(data.block!), (letter) => letter.charCodeAt(0));
    main.append(mapView(readBlock(bytes.buffer), { server: null }).element);
  } else main.append(graphView(data.graph!, null, { color: data.color }).element);
}

applyTheme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
const data = document.getElementById("wend-data")?.textContent;
if (data) drawing(data);
else {
  keptLogin();
  void start();
}
