// Colours of classes and of scales. Classes are told apart by eyes with and without full sight of colours, on light and on dark.

export const CLASSES = ["#3b76c4", "#e07b39", "#2f9e77", "#c94f6d", "#8765c9", "#b08d2b", "#2f9fb3", "#c46bb0", "#7b8794", "#86a83b", "#a0694f", "#5a67c4"];
export const NONE = "#9aa3ad";

/** The colour of the class at a position; beyond the first twelve they come again, lighter. */
export function classColor(at: number): string {
  const base = CLASSES[at % CLASSES.length];
  const round = Math.floor(at / CLASSES.length) % 3;
  if (round === 0) return base;
  const [r, g, b] = rgb(base).map((part) => Math.round(part + (255 - part) * 0.28 * round));
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

export const rgb = (color: string): [number, number, number] =>
  [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)) as [number, number, number];

const STOPS: [number, number, number][] = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [240, 200, 40]];

/** The colour of a share from 0 to 1. */
export function scale(share: number): [number, number, number] {
  const at = Math.max(0, Math.min(1, share)) * (STOPS.length - 1);
  const low = Math.min(STOPS.length - 2, Math.floor(at));
  return [0, 1, 2].map((part) => Math.round(STOPS[low][part] + (STOPS[low + 1][part] - STOPS[low][part]) * (at - low))) as [number, number, number];
}

export const css = ([r, g, b]: [number, number, number]): string => `rgb(${r} ${g} ${b})`;
