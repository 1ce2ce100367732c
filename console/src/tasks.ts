// Tasks: the writes of algorithms, with their progress while they run, curves of training, and a form that starts the next run.

import uPlot from "uplot";
import { follow, run, tasks as askTasks, type Algorithm, type Task } from "./api";
import type { App, Page } from "./app";
import { announce, button, confirmed, dialog, h, icon, put, select } from "./dom";
import { colored } from "./query";
import { short, visible } from "./values";

interface Curve { epochs: number[]; loss: number[]; score: (number | null)[]; stage: string }

/** `epoch 12 of 200, loss 0.5123, best validation 0.812, ...` */
const STAGE = /^epoch (\d+) of (\d+), loss (-?[\d.eE+-]+)(?:, best validation (-?[\d.eE+-]+))?/;

export function tasksPage(app: App): Page {
  const list = h("div", { class: "cards" });
  const followed = new Map<string, AbortController>();
  const curves = new Map<string, Curve>();
  const shown = new Map<string, { element: HTMLElement; update(task: Task): void; stop(): void }>();
  let left = false;

  function curveOf(task: Task): void {
    const match = task.stage?.match(STAGE);
    if (!match) return;
    const curve = curves.get(task.task_id) ?? { epochs: [], loss: [], score: [], stage: "" };
    curves.set(task.task_id, curve);
    const epoch = Number(match[1]);
    if (curve.epochs.at(-1) === epoch) return;
    curve.epochs.push(epoch);
    curve.loss.push(Number(match[3]));
    curve.score.push(match[4] === undefined ? null : Number(match[4]));
  }

  function watch(task: Task): void {
    if (followed.has(task.task_id) || !["running", "pending"].includes(task.status)) return;
    const stop = new AbortController();
    followed.set(task.task_id, stop);
    follow(task.task_id, (now) => { curveOf(now); shown.get(task.task_id)?.update(now); }, stop.signal)
      .catch(() => undefined)
      .finally(() => followed.delete(task.task_id));
  }

  function card(task: Task): { element: HTMLElement; update(task: Task): void; stop(): void } {
    const badge = h("span", { class: "badge" });
    const figures = h("small", { class: "quiet-text" });
    const bar = h("i");
    const progress = h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": "Progress" }, bar);
    const stage = h("p", { class: "quiet-text", "aria-live": "off" });
    const actions = h("div", { class: "row" });
    const chart = h("div", { class: "chart", hidden: true });
    let plot: uPlot | null = null;
    const element = h("section", { class: "card task", "aria-label": `Task ${task.task_id}` },
      h("div", { class: "row between" }, h("div", { class: "row" }, badge, figures), actions), h("div", { class: "statement" }, colored(short(task.query, 600), app)), progress, stage, chart);
    let last = "";
    function draw(): void {
      const curve = curves.get(task.task_id);
      if (!curve || curve.epochs.length < 2) return;
      const data: uPlot.AlignedData = [curve.epochs, curve.loss, curve.score];
      chart.hidden = false;
      if (plot) { plot.setData(data); return; }
      const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line") }, font: "11px system-ui" };
      plot = new uPlot({
        width: Math.max(320, element.clientWidth - 34), height: 210, legend: { live: false },
        scales: { x: { time: false }, loss: {}, score: {} },
        axes: [{ ...axis, label: "epoch", labelSize: 16, labelFont: "11px system-ui" }, { ...axis, scale: "loss", size: 62 }, { ...axis, scale: "score", side: 1, size: 56, grid: { show: false } }],
        series: [{ label: "epoch" }, { label: "loss", scale: "loss", stroke: color("--series-1"), width: 2, points: { show: false } }, { label: "best validation score", scale: "score", stroke: color("--series-2"), width: 2, points: { show: false } }],
      }, data, chart);
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", "Curves of loss and validation score over the epochs");
    }
    function update(now: Task): void {
      const busy = now.status === "running" || now.status === "pending";
      badge.textContent = now.status;
      badge.className = `badge ${{ completed: "ok", failed: "wrong", running: "busy", pending: "busy" }[now.status] ?? "warn"}`;
      bar.style.width = `${now.progress}%`;
      progress.hidden = !busy;
      progress.setAttribute("aria-valuenow", String(now.progress));
      const parts = [new Date(now.started_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" })];
      if (busy) parts.push(`${now.progress} %`);
      if (now.nodes_written !== null) parts.push(`${now.nodes_written.toLocaleString("en")} written`);
      if (now.compute_time_ms !== null) parts.push(`${(now.compute_time_ms / 1000).toFixed(2)} s computing, ${((now.write_time_ms ?? 0) / 1000).toFixed(2)} s writing`);
      figures.textContent = parts.join(" · ");
      stage.hidden = !(busy && now.stage) && !now.error;
      stage.textContent = now.error ? visible(now.error) : visible(now.stage ?? "");
      stage.className = now.error ? "bad" : "quiet-text";
      if (last !== now.status) {
        last = now.status;
        put(actions, !app.canWrite ? null : busy
          ? button("Stop", () => void act(`STOP TASK '${now.task_id}'`, "The task stops"), { icon: "stop", class: "small danger" })
          : button("Forget", () => confirmed("Forget this task?", "Its result stays; only the entry in this list goes.", "Forget", () => void act(`DELETE TASK '${now.task_id}'`, "Forgotten")), { icon: "trash", class: "small" }));
      }
      draw();
    }
    update(task);
    requestAnimationFrame(draw);
    return { element, update, stop: () => plot?.destroy() };
  }

  async function act(statement: string, done: string): Promise<void> {
    try { await run(statement, { graph: app.graph }); announce(done); await look(); } catch (error) { announce((error as Error).message); }
  }

  async function look(): Promise<void> {
    try {
      const found = (await askTasks()).reverse();
      if (left) return;
      if (!found.length) {
        put(list, h("div", { class: "empty" }, icon("tasks"), h("h2", {}, "No tasks yet"), h("p", {}, "A call such as algo.node2vec.write is a task. New run starts one from a form.")));
        shown.clear();
        return;
      }
      const ids = new Set(found.map((task) => task.task_id));
      for (const [id, entry] of shown) if (!ids.has(id)) { entry.stop(); entry.element.remove(); shown.delete(id); }
      if (!shown.size) put(list);
      found.slice(0, 100).forEach((task, at) => {
        const entry = shown.get(task.task_id) ?? card(task);
        if (shown.has(task.task_id)) { if (!followed.has(task.task_id)) entry.update(task); } else {
          shown.set(task.task_id, entry);
          list.insertBefore(entry.element, list.children[at] ?? null);
        }
        watch(task);
      });
    } catch (error) {
      put(list, h("p", { class: "bad", role: "alert" }, (error as Error).message));
      shown.clear();
    }
  }

  void look();
  const timer = setInterval(() => { if (!document.hidden) void look(); }, 1500);
  return {
    element: h("div", { class: "page" }, h("header", { class: "page-head" }, h("h1", {}, "Tasks"),
      app.canWrite ? button("New run", () => newRun(app, () => void look()), { icon: "plus", class: "primary" }) : null),
    h("p", { class: "intro" }, "The writes of algorithms, the latest first. They go on when this page is closed."), list),
    leave: () => { left = true; clearInterval(timer); followed.forEach((stop) => stop.abort()); shown.forEach((entry) => entry.stop()); },
  };
}

/** A form of an algorithm's parameters, which starts a task. */
function newRun(app: App, then: () => void): void {
  const writable = app.catalog.algorithms.filter((algorithm) => algorithm.modes.includes("write"));
  let chosen: Algorithm = writable.find((algorithm) => algorithm.name === "gnn_embed") ?? writable[0];
  const given = new Map<string, string>();
  let property = "embedding";
  dialog("New run", (close) => {
    const fields = h("div", { class: "fields" });
    const preview = h("div", { class: "statement" });
    const problem = h("p", { class: "bad", role: "alert" });
    const summary = h("p", {}, chosen.summary);
    let filter = "";
    const text = (): string => {
      const parts = [...given].filter(([, value]) => value.trim()).map(([name, value]) => `${name}: ${value.trim()}`);
      return `CALL algo.${chosen.name}.write({${parts.join(", ")}}, {db: {property: '${property.replace(/[\\']/g, "\\$&")}'}, wait: false}) YIELD task_id`;
    };
    const show = (): void => put(preview, colored(text(), app));
    const draw = (): void => {
      const wanted = chosen.parameters.filter((parameter) => !filter || `${parameter.name} ${parameter.description}`.toLowerCase().includes(filter));
      put(fields, wanted.map((parameter) => {
        const choices = parameter.type === "STRING" && parameter.range.includes("|") ? parameter.range.split("|").map((choice) => choice.trim()) : null;
        const id = `p-${parameter.name}`;
        const change = (value: string): void => { if (value) given.set(parameter.name, value); else given.delete(parameter.name); show(); };
        const input = choices
          ? h("select", { id, onchange: (event: Event) => change((event.target as HTMLSelectElement).value) }, h("option", { value: "" }, `default: ${short(parameter.default, 40)}`), choices.map((choice) => h("option", { value: `'${choice}'` }, choice)))
          : h("input", { id, type: "text", value: given.get(parameter.name) ?? "", placeholder: `${parameter.type}, default ${short(parameter.default, 40)}`, oninput: (event: Event) => change((event.target as HTMLInputElement).value) });
        if (choices) (input as HTMLSelectElement).value = given.get(parameter.name) ?? "";
        return h("div", { class: "field" }, h("label", { for: id }, parameter.name), input, h("small", {}, short(parameter.description, 200)));
      }));
      show();
    };
    draw();
    return h("form", { class: "run-form", onsubmit: (event: Event) => {
      event.preventDefault();
      run(text(), { graph: app.graph }).then(() => { close(); then(); }).catch((error: Error) => { problem.textContent = error.message; });
    } },
    h("div", { class: "row wrap" },
      select("Algorithm", writable.map((algorithm) => [algorithm.name, algorithm.name]), chosen.name, (name) => { chosen = writable.find((algorithm) => algorithm.name === name)!; given.clear(); summary.textContent = chosen.summary; draw(); }),
      h("label", { class: "field" }, h("span", {}, "Written to the property"), h("input", { type: "text", value: property, oninput: (event: Event) => { property = (event.target as HTMLInputElement).value; show(); } })),
      h("label", { class: "field" }, h("span", {}, "Find a parameter"), h("input", { type: "search", oninput: (event: Event) => { filter = (event.target as HTMLInputElement).value.toLowerCase(); draw(); } }))),
    summary, h("p", { class: "quiet-text" }, "Values are written as in GQL: numbers, 'texts', ['lists'], {records: 1}. What is left empty keeps its default."),
    fields, preview, problem,
    h("div", { class: "row end" }, button("Cancel", close), h("button", { type: "submit", class: "primary" }, icon("play"), "Start")));
  });
}
