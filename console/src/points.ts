// Up to a million points by WebGL: zoom, pan, the point below the pointer, points within a line that is drawn around them.
// While the picture moves, only so many points are drawn as the machine manages; at rest all of them are.

import { h } from "./dom";

const VERTEX = `
attribute vec2 place; attribute vec4 color;
uniform vec2 scale; uniform vec2 shift; uniform float size;
varying vec4 shade;
void main() { gl_Position = vec4(place * scale + shift, 0.0, 1.0); gl_PointSize = size; shade = color; }`;
const FRAGMENT = `
precision mediump float; varying vec4 shade; uniform float round;
void main() {
  if (round > 0.5) { vec2 away = gl_PointCoord - 0.5; if (dot(away, away) > 0.25) discard; }
  gl_FragColor = vec4(shade.rgb * shade.a, shade.a);
}`;

export interface Points {
  element: HTMLElement;
  /** The frames of the last moves: their median in milliseconds, and how many points each had. */
  measured(): { milliseconds: number; drawn: number; frames: number };
  colors(colors: Uint8Array): void;
  marks(chosen: number[], hot: number): void;
  tool(name: "pan" | "lasso"): void;
  focus(point: number): void;
  zoomBy(factor: number): void;
  fit(): void;
  stop(): void;
}

export interface PointsOptions {
  places: Float32Array;
  hover(point: number, x: number, y: number): void;
  pick(point: number): void;
  lasso(points: number[]): void;
  background(): [number, number, number];
}

/** The order in which points are drawn: any first part of it is spread over all of them. */
function spread(count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let at = 0; at < count; at++) order[at] = at;
  let state = 0x9e3779b9;
  for (let at = count - 1; at > 0; at--) {
    state = (Math.imul(state ^ (state >>> 15), 0x85ebca6b) + 0x6d2b79f5) >>> 0;
    const other = Math.floor((state / 4294967296) * (at + 1));
    [order[at], order[other]] = [order[other], order[at]];
  }
  return order;
}

export function points(options: PointsOptions): Points {
  const count = options.places.length / 2;
  // Into the square from -1 to 1, both axes alike.
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < count; at++) {
    const [x, y] = [options.places[at * 2], options.places[at * 2 + 1]];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  const half = Math.max(x1 - x0, y1 - y0, 1e-30) / 2;
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const places = new Float32Array(count * 2);
  for (let at = 0; at < count; at++) {
    places[at * 2] = (options.places[at * 2] - cx) / half;
    places[at * 2 + 1] = (options.places[at * 2 + 1] - cy) / half;
  }
  const order = spread(count);

  // Points by square, to find those near a place.
  const SIDE = Math.max(1, Math.min(1024, Math.ceil(Math.sqrt(count / 2))));
  const square = (value: number): number => Math.max(0, Math.min(SIDE - 1, Math.floor(((value + 1) / 2) * SIDE)));
  const starts = new Uint32Array(SIDE * SIDE + 1);
  for (let at = 0; at < count; at++) starts[square(places[at * 2 + 1]) * SIDE + square(places[at * 2]) + 1]++;
  for (let at = 0; at < SIDE * SIDE; at++) starts[at + 1] += starts[at];
  const sorted = new Uint32Array(count);
  const next = starts.slice();
  for (let at = 0; at < count; at++) sorted[next[square(places[at * 2 + 1]) * SIDE + square(places[at * 2])]++] = at;

  const canvas = h("canvas", { class: "m-points" });
  const marked = h("canvas", { class: "m-marks", hidden: true });
  const over = h("div", {
    class: "m-over", tabindex: "0", role: "application", "aria-label": `A map of ${count.toLocaleString("en")} points. Arrow keys move it, plus and minus zoom, 0 fits.`,
    onkeydown: (event: KeyboardEvent) => key(event),
  });
  const element = h("div", { class: "m-canvas" }, canvas, marked, over);
  const gl = canvas.getContext("webgl", { antialias: false, alpha: false });
  let [zoom, sx, sy] = [0.92, 0, 0];
  let tool: "pan" | "lasso" = "pan";
  let chosen: number[] = [];
  let hot = -1;
  let line: [number, number][] = [];
  let budget = Math.min(count, 200_000);
  let moving = false;
  let held = false;
  let rest = 0;
  let asked = 0;
  let last = 0;
  let times: number[] = [];
  let drawnLast = 0;

  if (!gl) {
    element.append(h("p", { class: "empty" }, "This browser has no WebGL, which draws the points."));
    return { element, measured: () => ({ milliseconds: 0, drawn: 0, frames: 0 }), colors() {}, marks() {}, tool() {}, focus() {}, zoomBy() {}, fit() {}, stop() {} };
  }
  const shader = (kind: number, text: string): WebGLShader => {
    const made = gl.createShader(kind)!;
    gl.shaderSource(made, text);
    gl.compileShader(made);
    return made;
  };
  const program = gl.createProgram()!;
  gl.attachShader(program, shader(gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, shader(gl.FRAGMENT_SHADER, FRAGMENT));
  gl.bindAttribLocation(program, 0, "place");
  gl.bindAttribLocation(program, 1, "color");
  gl.linkProgram(program);
  gl.useProgram(program);
  const uniform = Object.fromEntries(["scale", "shift", "size", "round"].map((name) => [name, gl.getUniformLocation(program, name)]));
  const buffer = (data: ArrayBufferView, place: number, size: number, kind: number, normal: boolean): WebGLBuffer => {
    const made = gl.createBuffer()!;
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.bufferData(gl.ARRAY_BUFFER, data as Uint8Array<ArrayBuffer>, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, kind, normal, 0, 0);
    return made;
  };
  const ordered = new Float32Array(count * 2);
  for (let at = 0; at < count; at++) {
    ordered[at * 2] = places[order[at] * 2];
    ordered[at * 2 + 1] = places[order[at] * 2 + 1];
  }
  buffer(ordered, 0, 2, gl.FLOAT, false);
  const shades = new Uint8Array(count * 4).fill(200);
  const shadeBuffer = buffer(shades, 1, 4, gl.UNSIGNED_BYTE, true);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);

  const view = (): { width: number; height: number; unit: number } => {
    const { clientWidth: width, clientHeight: height } = element;
    return { width, height, unit: (Math.min(width, height) / 2) * zoom };
  };
  const toScreen = (at: number): [number, number] => {
    const { width, height, unit } = view();
    return [width / 2 + (places[at * 2] + sx) * unit, height / 2 - (places[at * 2 + 1] + sy) * unit];
  };
  const toPlace = (x: number, y: number): [number, number] => {
    const { width, height, unit } = view();
    return [(x - width / 2) / unit - sx, (height / 2 - y) / unit - sy];
  };
  const pointSize = (): number => Math.max(1.5, Math.min(14, (count > 200_000 ? 1.6 : count > 20_000 ? 3 : count > 2000 ? 5 : 8) * Math.pow(zoom, 0.45))) * (devicePixelRatio || 1);

  function paint(): void {
    asked = 0;
    const now = performance.now();
    if (moving && last) {
      const took = now - last;
      times.push(took);
      if (times.length > 240) times.shift();
      // After frames of more than 33 ms there are fewer points, after shorter ones more.
      if (took > 34) budget = Math.max(20_000, Math.round(budget * 0.85));
      else if (took < 30) budget = Math.min(count, Math.round(budget * 1.1) + 1000);
    }
    last = moving ? now : 0;
    const ratio = devicePixelRatio || 1;
    const { width, height, unit } = view();
    const [w, t] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (canvas.width !== w || canvas.height !== t) { canvas.width = marked.width = w; canvas.height = marked.height = t; }
    gl!.viewport(0, 0, w, t);
    const [r, g, b] = options.background();
    gl!.clearColor(r / 255, g / 255, b / 255, 1);
    gl!.clear(gl!.COLOR_BUFFER_BIT);
    gl!.uniform2f(uniform.scale, (unit * 2) / Math.max(1, width), (unit * 2) / Math.max(1, height));
    gl!.uniform2f(uniform.shift, (sx * unit * 2) / Math.max(1, width), (sy * unit * 2) / Math.max(1, height));
    const size = pointSize();
    gl!.uniform1f(uniform.size, size);
    gl!.uniform1f(uniform.round, size > 3 ? 1 : 0);
    // While it moves every frame is drawn, so that the time between two of them is what one takes.
    if (moving) asked = requestAnimationFrame(paint);
    drawnLast = moving ? Math.min(budget, count) : count;
    gl!.drawArrays(gl!.POINTS, 0, drawnLast);
    marksOver();
  }

  function marksOver(): void {
    // A second picture over the first costs time, and is there only when it shows something.
    marked.hidden = !chosen.length && hot < 0 && line.length < 2;
    if (marked.hidden) return;
    const context = marked.getContext("2d")!;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, marked.width, marked.height);
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--text").trim();
    context.strokeStyle = accent;
    context.lineWidth = 1.5;
    const size = pointSize() / ratio / 2;
    for (const at of chosen.slice(0, 3000)) {
      const [x, y] = toScreen(at);
      context.beginPath();
      context.arc(x, y, size + 2, 0, Math.PI * 2);
      context.stroke();
    }
    if (hot >= 0) {
      const [x, y] = toScreen(hot);
      context.lineWidth = 2.5;
      context.beginPath();
      context.arc(x, y, size + 5, 0, Math.PI * 2);
      context.stroke();
    }
    if (line.length > 1) {
      context.lineWidth = 1.5;
      context.setLineDash([5, 4]);
      context.beginPath();
      line.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
      context.globalAlpha = 0.08;
      context.fillStyle = accent;
      context.fill();
      context.globalAlpha = 1;
    }
  }

  const draw = (): void => { if (!asked) asked = requestAnimationFrame(paint); };
  function move(): void {
    if (!moving) { moving = true; last = 0; }
    settle();
    draw();
  }
  /** Comes to rest a moment after the last move. While a button is held another may follow, for which a picture of all points comes too late. */
  function settle(): void {
    clearTimeout(rest);
    rest = window.setTimeout(() => { moving = false; if (!held) draw(); }, 160);
  }
  function zoomAt(factor: number, x: number, y: number): void {
    const before = toPlace(x, y);
    zoom = Math.max(0.3, Math.min(4000, zoom * factor));
    const after = toPlace(x, y);
    sx += after[0] - before[0];
    sy += after[1] - before[1];
    move();
  }

  function nearest(x: number, y: number): number {
    const [px, py] = toPlace(x, y);
    const reach = (pointSize() / (devicePixelRatio || 1) / 2 + 4) / view().unit;
    let [best, least] = [-1, reach * reach];
    for (let row = square(py - reach); row <= square(py + reach); row++) {
      for (let column = square(px - reach); column <= square(px + reach); column++) {
        for (let at = starts[row * SIDE + column]; at < starts[row * SIDE + column + 1]; at++) {
          const point = sorted[at];
          const away = (places[point * 2] - px) ** 2 + (places[point * 2 + 1] - py) ** 2;
          if (away < least) [best, least] = [point, away];
        }
      }
    }
    return best;
  }

  function within(): number[] {
    const shape = line.map(([x, y]) => toPlace(x, y));
    const xs = shape.map(([x]) => x);
    const ys = shape.map(([, y]) => y);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const found: number[] = [];
    for (let at = 0; at < count; at++) {
      const [x, y] = [places[at * 2], places[at * 2 + 1]];
      if (x < left || x > right || y < low || y > high) continue;
      let inside = false;
      for (let a = 0, b = shape.length - 1; a < shape.length; b = a++) {
        const [ax, ay] = shape[a];
        const [bx, by] = shape[b];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
      }
      if (inside) found.push(at);
    }
    return found;
  }

  over.addEventListener("pointerdown", (event) => {
    over.setPointerCapture(event.pointerId);
    const around = tool === "lasso" || event.shiftKey;
    const begin = [event.offsetX, event.offsetY, sx, sy];
    let far = false;
    if (around) line = [[event.offsetX, event.offsetY]];
    const drag = (now: PointerEvent): void => {
      far ||= Math.hypot(now.offsetX - begin[0], now.offsetY - begin[1]) > 3;
      if (!far) return;
      if (around) {
        line.push([now.offsetX, now.offsetY]);
        marksOver();
      } else {
        const { unit } = view();
        [sx, sy] = [begin[2] + (now.offsetX - begin[0]) / unit, begin[3] - (now.offsetY - begin[1]) / unit];
        held = true;
        move();
      }
    };
    const up = (now: PointerEvent): void => {
      over.removeEventListener("pointermove", drag);
      over.removeEventListener("pointerup", up);
      over.removeEventListener("pointercancel", up);
      if (held) { held = false; settle(); }
      if (around && far) options.lasso(within());
      else if (!far && now.type === "pointerup") options.pick(nearest(now.offsetX, now.offsetY));
      line = [];
      marksOver();
    };
    over.addEventListener("pointermove", drag);
    over.addEventListener("pointerup", up);
    over.addEventListener("pointercancel", up);
  });
  over.addEventListener("pointermove", (event) => {
    if (event.buttons) return;
    options.hover(nearest(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
  });
  over.addEventListener("pointerleave", () => options.hover(-1, 0, 0));
  over.addEventListener("wheel", (event) => { event.preventDefault(); zoomAt(Math.exp(-event.deltaY * 0.0016), event.offsetX, event.offsetY); }, { passive: false });

  function key(event: KeyboardEvent): void {
    const step = 0.12 / zoom;
    const moves: Record<string, () => void> = {
      ArrowLeft: () => { sx += step; }, ArrowRight: () => { sx -= step; }, ArrowUp: () => { sy -= step; }, ArrowDown: () => { sy += step; },
      "+": () => zoomAt(1.3, element.clientWidth / 2, element.clientHeight / 2), "=": () => zoomAt(1.3, element.clientWidth / 2, element.clientHeight / 2),
      "-": () => zoomAt(1 / 1.3, element.clientWidth / 2, element.clientHeight / 2), "0": () => fit(),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
    move();
  }
  function fit(): void { [zoom, sx, sy] = [0.92, 0, 0]; draw(); }

  const observer = new ResizeObserver(() => draw());
  observer.observe(element);
  return {
    element, fit,
    measured() {
      const middle = [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
      const result = { milliseconds: middle, drawn: drawnLast, frames: times.length };
      times = [];
      return result;
    },
    colors(colors) {
      for (let at = 0; at < count; at++) for (let part = 0; part < 4; part++) shades[at * 4 + part] = colors[order[at] * 4 + part];
      gl.bindBuffer(gl.ARRAY_BUFFER, shadeBuffer);
      gl.bufferData(gl.ARRAY_BUFFER, shades, gl.STATIC_DRAW);
      draw();
    },
    marks(now, hotNow) { [chosen, hot] = [now, hotNow]; draw(); },
    tool(name) { tool = name; over.style.cursor = name === "lasso" ? "crosshair" : "grab"; },
    focus(point) {
      zoom = Math.max(zoom, 4);
      [sx, sy] = [-places[point * 2], -places[point * 2 + 1]];
      draw();
    },
    zoomBy: (factor) => zoomAt(factor, element.clientWidth / 2, element.clientHeight / 2),
    stop() { observer.disconnect(); cancelAnimationFrame(asked); clearTimeout(rest); },
  };
}
