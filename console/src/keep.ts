// What the browser keeps for a user: history, saved queries, settings. Nothing of it leaves the browser.

const PREFIX = "wend.";

export function kept<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser without room or with storage switched off forgets; the page works on.
  }
}

export interface Saved {
  name: string;
  text: string;
}

const MOST_HISTORY = 200;
const LONGEST_KEPT = 20_000;

/** A statement with a password is kept nowhere. */
export const isSecret = (text: string): boolean => /\bPASSWORD\b/i.test(text);

export function remember(text: string): void {
  if (text.length > LONGEST_KEPT || isSecret(text)) return;
  const list = kept<string[]>("history", []).filter((other) => other !== text);
  keep("history", [text, ...list].slice(0, MOST_HISTORY));
}
