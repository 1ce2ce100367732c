// Values as the server sends them, `{"$type": "Integer", "_value": "1"}`, and how they are shown.

import { h, type Child } from "./dom";

export interface Typed { $type: string; _value: any }

export interface NodeValue { id: string; labels: string[]; properties: Record<string, Typed> }
export interface EdgeValue { id: string; label: string; from: string; to: string; properties: Record<string, Typed> }

export const asNode = (value: any): NodeValue => ({ id: value._element_id, labels: value._labels, properties: value._properties });
export const asEdge = (value: any): EdgeValue => ({
  id: value._element_id, label: value._type, from: value._start_node_element_id, to: value._end_node_element_id, properties: value._properties,
});

/** Characters that change the direction of text around them, or show nothing: they are written out. */
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export const visible = (text: string): string =>
  text.replace(HIDDEN, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The first characters of a text, on one line. */
export function short(text: string, most = 160): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return visible(cut.replace(/\s*\n\s*/g, " ⏎ "));
}

const numberText = (value: any): string => (typeof value === "number" ? String(Math.round(value * 1e5) / 1e5) : String(value));

/** A value in one line. */
export function brief(value: Typed, most = 160): string {
  const v = value._value;
  switch (value.$type) {
    case "Null": return "NULL";
    case "Boolean": return v ? "TRUE" : "FALSE";
    case "String": return short(v, most);
    case "Vector": {
      const shown = v.slice(0, 4).map(numberText).join(", ");
      return `[${shown}${v.length > 4 ? `, … ${v.length} numbers` : ""}]`;
    }
    case "List": return cut(`[${v.slice(0, 20).map((item: Typed) => brief(item, 40)).join(", ")}${v.length > 20 ? `, … ${v.length}` : ""}]`, most);
    case "Map": return cut(`{${Object.entries<Typed>(v).slice(0, 12).map(([key, item]) => `${visible(key)}: ${brief(item, 40)}`).join(", ")}}`, most);
    case "Node": {
      const { labels, id, properties } = asNode(v);
      const more = Object.entries(properties).filter(([key]) => key !== "_id").slice(0, 4).map(([key, item]) => `${visible(key)}: ${brief(item, 30)}`);
      return cut(`(${labels.map((label) => `:${visible(label)}`).join("&")} ${[short(id, 40), ...more].join(", ")})`, most);
    }
    case "Relationship": {
      const edge = asEdge(v);
      return cut(`${short(edge.from, 40)} -[:${visible(edge.label)}]-> ${short(edge.to, 40)}`, most);
    }
    case "Path": return cut((v as Typed[]).map((item) => (item.$type === "Node" ? `(${short(item._value._element_id, 30)})` : `-[:${visible(item._value._type)}]-`)).join(""), most);
    default: return short(String(v), most);
  }
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);

/** A value as plain JSON, for downloads and copies. */
export function plain(value: Typed): unknown {
  const v = value._value;
  switch (value.$type) {
    case "Null": return null;
    case "Boolean": case "String": case "Vector": return v;
    case "Integer": return Number.isSafeInteger(Number(v)) ? Number(v) : v;
    case "Float": return Number.isFinite(Number(v)) ? Number(v) : v;
    case "List": return v.map(plain);
    case "Path": return v.map(plain);
    case "Map": return Object.fromEntries(Object.entries<Typed>(v).map(([key, item]) => [key, plain(item)]));
    case "Node": {
      const node = asNode(v);
      return { _id: node.id, _labels: node.labels, ...Object.fromEntries(Object.entries(node.properties).map(([key, item]) => [key, plain(item)])) };
    }
    case "Relationship": {
      const edge = asEdge(v);
      return { _from: edge.from, _to: edge.to, _label: edge.label, ...Object.fromEntries(Object.entries(edge.properties).map(([key, item]) => [key, plain(item)])) };
    }
    default: return v;
  }
}

/** A value as one cell of CSV: text as it is, what has parts as JSON. */
export function cellText(value: Typed): string {
  switch (value.$type) {
    case "Null": return "";
    case "String": return value._value;
    case "Boolean": return value._value ? "true" : "false";
    case "List": case "Vector": case "Map": case "Node": case "Relationship": case "Path": return JSON.stringify(plain(value));
    default: return String(value._value);
  }
}

/** How values of a column are sorted: NULL last, numbers as numbers, everything else as text. */
export function order(a: Typed, b: Typed): number {
  const none = (value: Typed) => (value.$type === "Null" ? 1 : 0);
  if (none(a) || none(b)) return none(a) - none(b);
  if (isNumber(a) && isNumber(b)) {
    if (a.$type === "Integer" && b.$type === "Integer") {
      const [x, y] = [BigInt(a._value), BigInt(b._value)];
      return x < y ? -1 : x > y ? 1 : 0;
    }
    return Number(a._value) - Number(b._value);
  }
  const [x, y] = [cellText(a), cellText(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export const isNumber = (value: Typed | undefined): boolean => value?.$type === "Integer" || value?.$type === "Float";

/** The numbers of a vector, or of a list that is one in all but its type. */
export function numbersOf(value: Typed): number[] | null {
  if (value.$type === "Vector") return value._value.map(Number);
  if (value.$type !== "List" || value._value.length < 4) return null;
  return value._value.every((item: Typed) => isNumber(item)) ? value._value.map((item: Typed) => Number(item._value)) : null;
}

/** A vector as a strip: a stripe for each number, from blue through white to red. */
export function strip(numbers: number[]): HTMLElement {
  const finite = numbers.filter(Number.isFinite);
  const most = Math.max(1e-30, ...finite.map(Math.abs));
  const norm = Math.sqrt(finite.reduce((sum, value) => sum + value * value, 0));
  const canvas = h("canvas", {
    class: "strip", width: Math.min(numbers.length, 1024), height: 1, role: "img",
    "aria-label": `a vector of ${numbers.length} numbers between ${numberText(Math.min(...finite))} and ${numberText(Math.max(...finite))}`,
  });
  const context = canvas.getContext("2d");
  if (context) {
    const image = context.createImageData(canvas.width, 1);
    for (let at = 0; at < canvas.width; at++) {
      const value = numbers[Math.floor((at * numbers.length) / canvas.width)] / most;
      const share = Math.min(1, Math.abs(value) || 0);
      const [r, g, b] = value < 0 ? [37, 99, 190] : [196, 60, 50];
      image.data.set([255 + (r - 255) * share, 255 + (g - 255) * share, 255 + (b - 255) * share, 255], at * 4);
    }
    context.putImageData(image, 0, 0);
  }
  return h("div", { class: "vector" }, canvas,
    h("small", {}, `${numbers.length} numbers, length ${numberText(norm)}, ${numberText(Math.min(...finite))} to ${numberText(Math.max(...finite))}`));
}

const LONGEST_TEXT = 2_000;

/** A value with all its parts, which open and close. */
export function tree(value: Typed, open = true): HTMLElement {
  const numbers = numbersOf(value);
  if (numbers && numbers.length) return strip(numbers);
  const v = value._value;
  const parts = (entries: [string, Typed][], head: Child): HTMLElement => {
    if (!entries.length) return h("span", { class: "value" }, head);
    const list = h("ul", { class: "tree" });
    const fillIn = (): void => {
      if (list.childElementCount) return;
      for (const [key, item] of entries.slice(0, 200)) list.append(h("li", {}, h("span", { class: "key" }, visible(key)), tree(item, false)));
      if (entries.length > 200) list.append(h("li", {}, h("small", {}, `and ${(entries.length - 200).toLocaleString("en")} more`)));
    };
    const details = h("details", { ontoggle: () => details.open && fillIn() }, h("summary", {}, head), list);
    if (open) { fillIn(); details.open = true; }
    return details;
  };
  switch (value.$type) {
    case "List": return parts(v.map((item: Typed, at: number) => [String(at), item]), `list of ${v.length}`);
    case "Path": return parts(v.map((item: Typed, at: number) => [String(at), item]), `path of ${(v.length - 1) / 2} edges`);
    case "Map": return parts(Object.entries<Typed>(v), `record of ${Object.keys(v).length}`);
    case "Node": {
      const node = asNode(v);
      return parts(Object.entries(node.properties), [node.labels.map((label) => h("span", { class: "chip" }, visible(label))), " ", short(node.id, 60)]);
    }
    case "Relationship": {
      const edge = asEdge(v);
      return parts(Object.entries(edge.properties), [short(edge.from, 40), " ", h("span", { class: "chip" }, visible(edge.label)), " ", short(edge.to, 40)]);
    }
    case "String": {
      if (v.length <= LONGEST_TEXT) return h("span", { class: "value string", dir: "auto" }, visible(v));
      const box = h("span", { class: "value string", dir: "auto" }, visible(v.slice(0, LONGEST_TEXT)), "…");
      return h("span", {}, box, " ", h("button", {
        type: "button", class: "link",
        onclick: (event: Event) => { box.textContent = visible(v); (event.target as Element).remove(); },
      }, `show all ${v.length.toLocaleString("en")} characters`));
    }
    default: return h("span", { class: `value ${isNumber(value) ? "number" : value.$type === "Null" ? "null" : ""}` }, brief(value, 500));
  }
}
