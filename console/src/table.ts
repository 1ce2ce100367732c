// A table of rows of which only those in sight are elements. Cells are reached with the arrow keys, columns are sorted and made
// wider, and a cell opens to its whole value.

import { add, button, copy, h, icon, put } from "./dom";
import { brief, cellText, isNumber, order, tree, visible, type Typed } from "./values";

const ROW = 30;
const NUMBERS = 56;

export interface TableOptions {
  /** What a screen reader calls it. */
  name: string;
  /** The cell that opens beside the table. */
  detail?: boolean;
}

export interface Table { element: HTMLElement; filter(text: string): number; rows(): Typed[][] }

export function table(fields: string[], all: Typed[][], options: TableOptions): Table {
  let shown = all;
  let sorted: { column: number; down: boolean } | null = null;
  let filterText = "";
  const active = { row: 0, column: 0 };
  const widths = fields.map((field, column) => {
    const letters = Math.max(visible(field).length + 3, ...all.slice(0, 100).map((row) => Math.min(48, brief(row[column], 60).length)));
    return Math.min(420, Math.max(76, letters * 7.4 + 24));
  });
  const numeric = fields.map((_, column) => isNumber(all.find((row) => row[column].$type !== "Null")?.[column]));

  const id = `grid-${Math.random().toString(36).slice(2, 8)}`;
  const head = h("div", { class: "t-head", role: "row", "aria-rowindex": "1" });
  const space = h("div", { class: "t-space", role: "rowgroup" });
  const scroller = h("div", {
    class: "t-scroll", role: "grid", tabindex: "0", id, "aria-label": options.name, "aria-colcount": fields.length + 1,
    onscroll: () => draw(), onkeydown: (event: KeyboardEvent) => key(event),
  }, h("div", { role: "rowgroup", class: "t-headgroup" }, head), space);
  const panel = h("aside", { class: "t-detail", hidden: true, "aria-label": "The value of a cell" });
  const element = h("div", { class: "table" }, scroller, panel);

  const template = (): string => `${NUMBERS}px ${widths.map((width) => `${width}px`).join(" ")}`;

  function header(): void {
    put(head, h("div", { role: "columnheader", class: "t-number-cell", "aria-colindex": "1" }, h("span", { class: "offscreen" }, "row")));
    fields.forEach((field, column) => {
      const state = sorted?.column === column ? (sorted.down ? "descending" : "ascending") : "none";
      const grip = h("span", { class: "t-grip", onpointerdown: (event: PointerEvent) => resize(event, column) });
      const sort = h("button", { type: "button", tabindex: "-1", title: "Sort by this column", onclick: () => sortBy(column) },
        h("span", { class: "t-name" }, visible(field)), h("span", { class: "t-arrow", "aria-hidden": "true" }, state === "ascending" ? "▲" : state === "descending" ? "▼" : ""));
      head.append(h("div", { role: "columnheader", "aria-sort": state, "aria-colindex": column + 2, class: numeric[column] ? "t-right" : "" }, sort, grip));
    });
  }

  function sortBy(column: number): void {
    if (sorted?.column !== column) sorted = { column, down: false };
    else if (!sorted.down) sorted = { column, down: true };
    else sorted = null;
    choose();
  }

  function choose(): void {
    const words = filterText.toLowerCase();
    shown = words ? all.filter((row) => row.some((cell) => cellText(cell).toLowerCase().includes(words))) : all;
    if (sorted) {
      const { column, down } = sorted;
      shown = [...shown].sort((a, b) => (down ? -order(a[column], b[column]) : order(a[column], b[column])));
    }
    active.row = 0;
    scroller.setAttribute("aria-rowcount", String(shown.length + 1));
    space.style.height = `${Math.max(1, shown.length) * ROW}px`;
    header();
    draw(true);
  }

  let drawn = "";
  function draw(again = false): void {
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - 8);
    const last = Math.min(shown.length, first + Math.ceil(scroller.clientHeight / ROW) + 20);
    const now = `${first}:${last}:${active.row}:${active.column}`;
    if (!again && now === drawn) return;
    drawn = now;
    element.style.setProperty("--columns", template());
    element.style.setProperty("--whole", `${NUMBERS + widths.reduce((sum, width) => sum + width, 0)}px`);
    const fragment = document.createDocumentFragment();
    for (let at = first; at < last; at++) {
      const row = shown[at];
      const line = h("div", { class: `t-row${at % 2 ? " odd" : ""}`, role: "row", "aria-rowindex": at + 2, style: { top: `${at * ROW}px` } },
        h("div", { class: "t-number-cell", role: "rowheader", "aria-colindex": "1" }, (at + 1).toLocaleString("en")));
      row.forEach((cell, column) => {
        const on = at === active.row && column === active.column;
        line.append(h("div", {
          role: "gridcell", "aria-colindex": column + 2, id: on ? `${id}-cell` : null, dir: "auto",
          class: `t-cell${numeric[column] ? " t-right" : ""}${cell.$type === "Null" ? " null" : ""}${on ? " on" : ""}`,
          onclick: () => { Object.assign(active, { row: at, column }); draw(); open(); },
        }, brief(cell)));
      });
      fragment.append(line);
    }
    space.replaceChildren(fragment);
    if (shown.length) scroller.setAttribute("aria-activedescendant", `${id}-cell`);
    else { scroller.removeAttribute("aria-activedescendant"); add(space, [h("p", { class: "empty" }, all.length ? "No row has this text." : "No rows.")]); }
  }

  function open(): void {
    if (options.detail === false || !shown[active.row]) return;
    const cell = shown[active.row][active.column];
    panel.hidden = false;
    put(panel,
      h("div", { class: "row between" }, h("h2", { class: "head" }, visible(fields[active.column])),
        h("span", { class: "row" },
          button("Copy value", () => void copy(cellText(cell), "Value"), { icon: "copy", bare: true, class: "quiet" }),
          button("Close value", () => { panel.hidden = true; scroller.focus(); }, { icon: "close", bare: true, class: "quiet" }))),
      h("small", {}, `row ${(active.row + 1).toLocaleString("en")}, ${typeName(cell)}`), h("div", { class: "t-value" }, tree(cell)));
  }

  function key(event: KeyboardEvent): void {
    if (event.target !== scroller) return;
    const page = Math.max(1, Math.floor(scroller.clientHeight / ROW) - 2);
    const moves: Record<string, [number, number]> = {
      ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0],
    };
    if (event.key === "Enter") { open(); event.preventDefault(); return; }
    if (event.key === "Escape") { panel.hidden = true; return; }
    if ((event.ctrlKey || event.metaKey) && event.key === "c" && !getSelection()?.toString()) {
      if (shown[active.row]) void copy(cellText(shown[active.row][active.column]), "Value");
      event.preventDefault();
      return;
    }
    if (event.key === "Home" || event.key === "End") {
      active.row = event.key === "Home" ? 0 : shown.length - 1;
    } else if (moves[event.key]) {
      active.row = Math.max(0, Math.min(shown.length - 1, active.row + moves[event.key][0]));
      active.column = Math.max(0, Math.min(fields.length - 1, active.column + moves[event.key][1]));
    } else return;
    event.preventDefault();
    const top = active.row * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + ROW * 2 > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW * 3 - scroller.clientHeight;
    const left = widths.slice(0, active.column).reduce((sum, width) => sum + width, 0);
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left + NUMBERS + widths[active.column] > scroller.scrollLeft + scroller.clientWidth) {
      scroller.scrollLeft = left + NUMBERS + widths[active.column] - scroller.clientWidth;
    }
    draw();
    if (!panel.hidden) open();
  }

  function resize(event: PointerEvent, column: number): void {
    event.preventDefault();
    const [start, width] = [event.clientX, widths[column]];
    const move = (next: PointerEvent): void => { widths[column] = Math.max(48, width + next.clientX - start); draw(true); };
    const end = (): void => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
  }

  new ResizeObserver(() => draw(true)).observe(scroller);
  choose();
  return { element, rows: () => shown, filter: (text) => { filterText = text; choose(); return shown.length; } };
}

const NAMES: Record<string, string> = {
  Null: "NULL", Integer: "INT64", Float: "FLOAT64", String: "STRING", Boolean: "BOOL", List: "LIST", Map: "RECORD", Node: "NODE",
  Relationship: "EDGE", Path: "PATH", Vector: "VECTOR", Base64: "BYTES", Date: "DATE", LocalTime: "LOCAL TIME", Time: "ZONED TIME",
  LocalDateTime: "LOCAL DATETIME", OffsetDateTime: "ZONED DATETIME", ZonedDateTime: "ZONED DATETIME", Duration: "DURATION",
};

export function typeName(value: Typed): string {
  const long = value.$type === "String" && value._value.length > 200 ? ` of ${value._value.length.toLocaleString("en")} characters` : "";
  return (NAMES[value.$type] ?? value.$type) + long;
}

export { icon };
