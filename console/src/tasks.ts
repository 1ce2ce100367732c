// Tasks: the writes of algorithms, with their progress while they run, curves and points of a training, and what starts the next run.

import uPlot from "uplot";
import { follow, run, tasks as askTasks, type Points, type Task } from "./api";
import type { App, Page } from "./app";
import { announce, button, confirmed, h, icon, put } from "./dom";
import { liveView, type LiveView } from "./live";
import { colored } from "./query";
import { newRun, nextRun } from "./runs";
import { short, visible } from "./values";

interface Curve { epochs: number[]; loss: number[]; score: (number | null)[] }
interface Card { element: HTMLElement; update(task: Task): void; points(points: Points): void; stop(): void }

/** `epoch 12 of 200, loss 0.5123, best validation 0.812, ...` */
const STAGE = /^epoch (\d+) of (\d+), loss (-?[\d.eE+-]+)(?:, best validation (-?[\d.eE+-]+))?/;

/** Whether a task trains a network, whose points can be watched. */
const trains = (task: Task): boolean => /^\s*CALL\s+algo\.gnn_embed\.write\b/i.test(task.query);

export function tasksPage(app: App): Page {
  const list = h("div", { class: "cards" });
  const followed = new Map<string, AbortController>();
  const curves = new Map<string, Curve>();
  const shown = new Map<string, Card>();
  let left = false;

  /** Adds an epoch to the curves of a task; what is told of it twice, or too late, counts once. */
  function learned(task: string, epoch: number, loss: number, score: number | null): void {
    const curve = curves.get(task) ?? { epochs: [], loss: [], score: [] };
    curves.set(task, curve);
    if (epoch <= (curve.epochs.at(-1) ?? 0)) return;
    curve.epochs.push(epoch);
    curve.loss.push(loss);
    curve.score.push(score);
  }
  function curveOf(task: Task): void {
    const match = task.stage?.match(STAGE);
    if (match) learned(task.task_id, Number(match[1]), Number(match[3]), match[4] === undefined ? null : Number(match[4]));
  }

  function watch(task: Task): void {
    if (followed.has(task.task_id) || !["running", "pending"].includes(task.status)) return;
    const stop = new AbortController();
    followed.set(task.task_id, stop);
    follow(task.task_id, (now) => { curveOf(now); shown.get(task.task_id)?.update(now); }, stop.signal, trains(task) ? (points) => {
      learned(task.task_id, points.epoch, points.loss, points.score);
      shown.get(task.task_id)?.points(points);
    } : undefined)
      .catch(() => undefined)
      .finally(() => followed.delete(task.task_id));
  }

  function card(task: Task): Card {
    const badge = h("span", { class: "badge" });
    const figures = h("small", { class: "quiet-text" });
    const bar = h("i");
    const progress = h("div", { class: "progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100", "aria-label": "Progress" }, bar);
    const stage = h("p", { class: "quiet-text", "aria-live": "off" });
    const actions = h("div", { class: "row" });
    const chart = h("div", { class: "chart", hidden: true });
    const live: LiveView | null = trains(task) ? liveView(app, task.query) : null;
    const next = h("details", { hidden: true, open: task.status === "running" || task.status === "pending" });
    let plot: uPlot | null = null;
    const element = h("section", { class: "card task", "aria-label": `Task ${task.task_id}` },
      h("div", { class: "row between" }, h("div", { class: "row" }, badge, figures), actions), h("div", { class: "statement" }, colored(short(task.query, 600), app)), progress, stage, h("div", { class: "training" }, live?.element, chart), next);
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
        width: Math.max(320, chart.clientWidth), height: 210, legend: { live: false },
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
        if (live && next.hidden) {
          const form = nextRun(app, task.query, task.task_id, () => void look());
          if (form) { put(next, h("summary", {}, "The next run"), form); next.hidden = false; }
        }
        put(actions, !app.canWrite ? null : busy
          ? button("Stop", () => void act(`STOP TASK '${now.task_id}'`, "The task stops"), { icon: "stop", class: "small danger" })
          : button("Forget", () => confirmed("Forget this task?", "Its result stays; only the entry in this list goes.", "Forget", () => void act(`DELETE TASK '${now.task_id}'`, "Forgotten")), { icon: "trash", class: "small" }));
      }
      draw();
    }
    update(task);
    requestAnimationFrame(draw);
    return { element, update, points: (points) => { live?.show(points); draw(); }, stop: () => { plot?.destroy(); live?.stop(); } };
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
