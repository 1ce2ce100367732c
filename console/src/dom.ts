// Elements from code. Every text becomes a text node, so that nothing a user has given is ever read as HTML.

export type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: any) => void;
export type Props = Record<string, string | number | boolean | null | undefined | Handler | Record<string, string>>;

const SVG = "http://www.w3.org/2000/svg";

function fill(element: Element, props: Props, children: Child[]): void {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "class") element.setAttribute("class", String(value));
    else if (name === "style" && typeof value === "object") {
      for (const [key, text] of Object.entries(value)) (element as HTMLElement).style.setProperty(key, text);
    } else if (name === "value" && "value" in element) (element as HTMLInputElement).value = String(value);
    else if (name === "checked") (element as HTMLInputElement).checked = Boolean(value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
}

export function add(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child instanceof Node) element.append(child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
}

/** Makes an element. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  fill(element, props, children);
  return element;
}

/** Makes an element of SVG. */
export function s(tag: string, props: Props = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  fill(element, props, children);
  return element;
}

const ICONS: Record<string, string> = {
  query: "M4 6l5 6-5 6M12 18h8",
  map: "M6 7a1 1 0 1 0 0 .01M17 5a1 1 0 1 0 0 .01M11 12a1 1 0 1 0 0 .01M18 14a1 1 0 1 0 0 .01M7 18a1 1 0 1 0 0 .01M14 19a1 1 0 1 0 0 .01",
  tasks: "M5 7l2 2 3-4M5 17l2 2 3-4M14 7h6M14 17h6",
  models: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5",
  embeddings: "M4 6h4v4H4zM10 6h4v4h-4zM16 6h4v4h-4zM4 14h4v4H4zM10 14h4v4h-4zM16 14h4v4h-4z",
  indexes: "M4 5h16M4 10h10M4 15h13M4 20h7",
  users: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21c0-4 3-6 7-6s7 2 7 6M17 4a4 4 0 0 1 0 7M19 15c2 1 3 3 3 6",
  sessions: "M3 12h4l3-8 4 16 3-8h4",
  import: "M12 3v12M7 10l5 5 5-5M4 20h16",
  play: "M7 4l13 8-13 8z",
  stop: "M6 6h12v12H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
  out: "M10 4H5v16h5M14 8l4 4-4 4M9 12h9",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  pin: "M9 3h6l-1 6 4 4H6l4-4zM12 13v8",
  save: "M6 3h12v18l-6-4-6 4z",
  download: "M12 4v11M7 10l5 5 5-5M5 20h14",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  lasso: "M12 4c5 0 8 2.5 8 6s-3 6-8 6-8-2.5-8-6 3-6 8-6M7 15c-2 1-2 4 0 4s3 1 2 2",
  hand: "M4 12h16M12 4v16M8 8l4-4 4 4M8 16l4 4 4-4M8 8l-4 4 4 4M16 8l4 4-4 4",
  refresh: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};

/** A small picture; what it means stands beside it or in a label. */
export function icon(name: string): SVGElement {
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, s("path", { d: ICONS[name] ?? "" }));
}

/** A button with a picture and perhaps a text. */
export function button(label: string, act: () => void, props: Props & { icon?: string; bare?: boolean } = {}): HTMLButtonElement {
  const { icon: picture, bare, ...rest } = props;
  const shown: Child[] = [picture ? icon(picture) : null, bare ? null : h("span", {}, label)];
  return h("button", { type: "button", onclick: act, ...(bare ? { "aria-label": label, title: label } : {}), ...rest }, shown);
}

/** A labelled choice of one of several. */
export function select(label: string, options: [string, string][], chosen: string, act: (value: string) => void, props: Props = {}): HTMLLabelElement {
  const list = h("select", { "aria-label": label, onchange: (event: Event) => act((event.target as HTMLSelectElement).value), ...props },
    options.map(([value, text]) => h("option", { value }, text)));
  list.value = chosen;
  return h("label", { class: "field" }, h("span", {}, label), list);
}

/** Puts children in place of those that are there. */
export function put(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  add(element, children);
}

/** Says something to screen readers, and shows it for a moment. */
export function announce(text: string): void {
  let place = document.getElementById("announcement");
  if (!place) {
    place = h("div", { id: "announcement", role: "status", "aria-live": "polite", class: "toast" });
    document.body.append(place);
  }
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(Number(place.dataset.timer));
  place.dataset.timer = String(setTimeout(() => place.classList.remove("shown"), 3500));
}

/** Copies a text to the clipboard. */
export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS only this machine's own pages have a clipboard.
    const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce(`${what} copied`);
}

/** Gives the browser a file to keep. */
export function download(name: string, content: BlobPart, kind: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: kind }));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A dialog with a title; the function gets what closes it. */
export function dialog(title: string, fillIn: (close: () => void) => Child): void {
  const before = document.activeElement as HTMLElement | null;
  const box = h("dialog", { "aria-label": title, onclose: () => { box.remove(); before?.focus(); } });
  const close = () => box.close();
  add(box, [
    h("div", { class: "dialog-head" }, h("h2", {}, title), button("Close", close, { icon: "close", bare: true, class: "quiet" })),
    h("div", { class: "dialog-body" }, fillIn(close)),
  ]);
  document.body.append(box);
  box.showModal();
}

/** Asks before something is done that cannot be undone. */
export function confirmed(title: string, question: string, act: string, then: () => void): void {
  dialog(title, (close) => [
    h("p", {}, question),
    h("div", { class: "row end" },
      button("Cancel", close, {}),
      button(act, () => { close(); then(); }, { class: "danger" })),
  ]);
}

export const count = (number: number, noun: string): string => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
