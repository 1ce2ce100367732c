// The plan of a statement as a tree: what each operator reads from stands below it; after PROFILE with its rows and its time.

import type { PlanNode } from "./api";
import { h } from "./dom";
import { visible } from "./values";

export function planView(plan: PlanNode): HTMLElement {
  const profiled = plan.time !== undefined;
  const whole = Math.max(1, plan.time ?? 1);
  const time = (nanoseconds: number): string => {
    const milliseconds = nanoseconds / 1e6;
    return milliseconds < 0.01 ? "< 0.01 ms" : `${milliseconds < 10 ? milliseconds.toFixed(2) : Math.round(milliseconds).toLocaleString("en")} ms`;
  };
  // The time of an operator includes that of what it reads from.
  const own = (node: PlanNode): number => Math.max(0, (node.time ?? 0) - node.children.reduce((sum, child) => sum + (child.time ?? 0), 0));
  const show = (node: PlanNode): HTMLElement => {
    const details = node.arguments.Details;
    const rest = details.startsWith(node.operatorType) ? details.slice(node.operatorType.length).trim() : details;
    const share = own(node) / whole;
    const box = h("div", { class: `p-box${share > 0.4 ? " hot" : ""}` },
      h("strong", {}, node.operatorType), rest ? h("span", { class: "p-rest" }, visible(rest)) : null,
      profiled && h("span", { class: "p-figures" },
        h("span", {}, `${(node.records ?? 0).toLocaleString("en")} ${node.records === 1 ? "row" : "rows"}`),
        h("span", {}, `${time(own(node))} of its own`),
        h("span", { class: "p-bar", role: "img", "aria-label": `${Math.round(share * 100)} % of the time` }, h("i", { style: { width: `${Math.max(1, share * 100)}%` } }))));
    return h("li", {}, box, node.children.length ? h("ul", {}, node.children.map(show)) : null);
  };
  return h("div", { class: "plan" },
    h("p", { class: "quiet-text" }, profiled
      ? `Rows flow upwards, from what is read to the result; ${time(plan.time ?? 0)} in all.`
      : "Rows flow upwards, from what is read to the result. PROFILE runs the statement and shows rows and times."),
    h("ul", { class: "p-tree" }, show(plan)));
}
