// What all pages share: the login, the graph, the catalog, and the frame around the page.

import type { Catalog } from "./api";
import type { Words } from "./lex";
import { classColor } from "./palette";

export interface App {
  catalog: Catalog;
  words: Words;
  graph: string;
  /** Whether the user may change data. */
  canWrite: boolean;
  isAdmin: boolean;
  /** Reads the catalog again, after the graph or its names have changed. */
  refresh(): Promise<void>;
  useGraph(name: string): Promise<void>;
  /** Opens the editor with a statement, and runs it. */
  query(statement: string): void;
  go(page: string, query?: Record<string, string>): void;
}

export interface Page {
  element: HTMLElement;
  /** The user leaves the page. */
  leave?(): void;
  /** The catalog or the graph has changed. */
  changed?(): void;
}

export function words(catalog: Catalog | null): Words {
  return {
    keywords: new Set(catalog?.keywords ?? []),
    functions: new Set((catalog?.functions ?? []).map((known) => known.name.toUpperCase())),
  };
}

/** The colour of each label of nodes, the same on every page. */
export function labelColors(catalog: Catalog): (label: string) => string | undefined {
  const names = catalog.labels.filter((label) => label.kind === "node").map(({ label }) => label).sort();
  const colors = new Map(names.map((name, at) => [name, classColor(at)]));
  return (label) => colors.get(label);
}
