// The editor: CodeMirror with the colours, completion and errors of GQL. It stands in a shadow root, where its styles come from
// objects and not from style elements, which the page's policy forbids.

import { acceptCompletion, autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, insertTab } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { EditorState, Prec, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, drawSelection, highlightActiveLine, keymap, lineNumbers, placeholder, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import type { Catalog } from "./api";
import { candidates, statements, tokens, type Statement, type Words } from "./lex";
import { h } from "./dom";

const mark = (name: string) => Decoration.mark({ class: `t-${name}` });
const MARKS: Record<string, Decoration> = Object.fromEntries(
  ["keyword", "function", "quoted", "string", "number", "comment", "parameter", "label", "procedure"].map((kind) => [kind, mark(kind)]));

/** Longer texts are shown without colours. */
const LONGEST_COLORED = 200_000;

const setError = StateEffect.define<{ from: number; to: number } | null>();
const wrong = Decoration.mark({ class: "t-wrong" });
const errorField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    let next = transaction.docChanged ? Decoration.none : shown;
    for (const effect of transaction.effects) {
      if (effect.is(setError)) next = effect.value ? Decoration.set([wrong.range(effect.value.from, effect.value.to)]) : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "13.5px", backgroundColor: "var(--panel)", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--accent)" },
  ".cm-gutters": { backgroundColor: "var(--panel)", color: "var(--muted)", border: "none", paddingLeft: "6px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--accent) 24%, transparent)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent)", outline: "none" },
  ".t-keyword": { color: "var(--t-keyword)", fontWeight: "600" },
  ".t-function": { color: "var(--t-function)" },
  ".t-procedure": { color: "var(--t-function)", fontWeight: "600" },
  ".t-string": { color: "var(--t-string)" },
  ".t-number": { color: "var(--t-number)" },
  ".t-comment": { color: "var(--muted)", fontStyle: "italic" },
  ".t-parameter": { color: "var(--t-number)" },
  ".t-label": { color: "var(--t-label)" },
  ".t-quoted": { color: "var(--t-label)" },
  ".t-wrong": { textDecoration: "underline wavy var(--bad) 1.5px", textUnderlineOffset: "3px", backgroundColor: "color-mix(in srgb, var(--bad) 12%, transparent)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "8px", boxShadow: "var(--shadow)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "12.5px", maxHeight: "15em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-completionDetail": { color: "inherit", opacity: "0.75", fontStyle: "normal", marginLeft: "1.2em" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionInfo": { padding: "8px 10px", maxWidth: "340px", fontFamily: "var(--sans)", fontSize: "12.5px", lineHeight: "1.4" },
});

export interface Editor {
  element: HTMLElement;
  text(): string;
  set(text: string): void;
  insert(text: string): void;
  focus(): void;
  /** The selected text, or all of it, as statements. */
  chosen(): Statement[];
  /** The statement at the cursor. */
  current(): Statement | undefined;
  underline(from: number, to: number): void;
  clearError(): void;
  refresh(): void;
}

export interface EditorOptions {
  catalog(): Catalog | null;
  parameters(): string[];
  words(): Words;
  run(): void;
  changed(text: string): void;
  older(): void;
  newer(): void;
}

export function editor(start: string, options: EditorOptions): Editor {
  const colors = ViewPlugin.fromClass(class {
    decorations: DecorationSet;
    constructor(view: EditorView) { this.decorations = this.paint(view); }
    update(update: ViewUpdate) {
      if (update.docChanged || update.transactions.some((transaction) => transaction.effects.some((effect) => effect.is(repaint)))) this.decorations = this.paint(update.view);
    }
    paint(view: EditorView): DecorationSet {
      const builder = new RangeSetBuilder<Decoration>();
      const text = view.state.doc.toString();
      if (text.length <= LONGEST_COLORED) {
        for (const token of tokens(text, options.words())) {
          if (MARKS[token.kind]) builder.add(token.from, token.to, MARKS[token.kind]);
        }
      }
      return builder.finish();
    }
  }, { decorations: (plugin) => plugin.decorations });

  const complete = (context: CompletionContext): CompletionResult | null => {
    const catalog = options.catalog();
    if (!catalog) return null;
    const text = context.state.doc.sliceString(Math.max(0, context.pos - 20_000), context.pos);
    const shift = Math.max(0, context.pos - 20_000);
    const found = candidates(text, catalog, options.words(), options.parameters());
    if (!found.list.length || (!context.explicit && found.from === text.length && !/[:.$(,{]$/.test(text))) return null;
    return { from: found.from + shift, options: found.list, validFor: /^[$`]?[\p{L}\p{N}_.]*$/u };
  };

  const host = h("div", { class: "editor" });
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: start,
      extensions: [
        Prec.highest(keymap.of([
          { key: "Ctrl-Enter", mac: "Cmd-Enter", run: (view) => { closeCompletion(view); options.run(); return true; } },
          { key: "Ctrl-ArrowUp", run: () => { options.older(); return true; } },
          { key: "Ctrl-ArrowDown", run: () => { options.newer(); return true; } },
          // Tab takes a candidate; without one it leaves the editor, as everywhere on a page.
          { key: "Tab", run: acceptCompletion },
          { key: "Ctrl-]", run: insertTab }, { key: "Ctrl-[", run: indentLess },
        ])),
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), EditorView.lineWrapping,
        autocompletion({ override: [complete], icons: false, maxRenderedOptions: 60 }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        placeholder("MATCH (n) RETURN n LIMIT 25"),
        EditorView.contentAttributes.of({ "aria-label": "GQL statements", tabindex: "0", spellcheck: "false" }),
        EditorState.tabSize.of(2),
        colors, errorField, theme,
        EditorView.updateListener.of((update) => update.docChanged && options.changed(update.state.doc.toString())),
      ],
    }),
  });
  const all = (): Statement[] => statements(view.state.doc.toString(), options.words());
  return {
    element: host,
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } }),
    insert: (text) => { view.dispatch(view.state.replaceSelection(text)); view.focus(); },
    focus: () => view.focus(),
    chosen() {
      const { from, to } = view.state.selection.main;
      if (from === to) return all();
      return statements(view.state.sliceDoc(from, to), options.words()).map((found) => ({ ...found, from: found.from + from, to: found.to + from }));
    },
    current() {
      const at = view.state.selection.main.head;
      const list = all();
      return list.find((found) => at >= found.from && at <= found.to) ?? list.findLast((found) => found.from <= at) ?? list[0];
    },
    underline(from, to) {
      const most = view.state.doc.length;
      if (!most) return;
      const end = Math.min(most, Math.max(to, from + 1));
      view.dispatch({ effects: [setError.of({ from: Math.min(from, end - 1), to: end }), EditorView.scrollIntoView(Math.min(from, most))] });
    },
    clearError: () => view.dispatch({ effects: setError.of(null) }),
    refresh: () => view.dispatch({ effects: repaint.of(null) }),
  };
}

const repaint = StateEffect.define<null>();
