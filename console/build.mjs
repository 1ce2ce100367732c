// Builds the console: src/main.ts and src/style.css become dist/app.js and dist/app.css, and src/index.html goes beside them.
// With --check nothing is written: the files in dist are compared with what the sources give.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const MOST_COMPRESSED = 300 * 1024;

// What a user has given is shown as text: no source file may parse HTML.
for (const name of readdirSync(path.join(here, "src"))) {
  const text = readFileSync(path.join(here, "src", name), "utf8");
  for (const word of ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval("]) {
    if (text.includes(word)) throw new Error(`src/${name} uses ${word}`);
  }
}

const bundled = await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.ts" },
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  outdir: "dist",
  write: false,
});
const files = new Map(bundled.outputFiles.map((file) => [path.basename(file.path), file.text]));
files.set("index.html", readFileSync(path.join(here, "src/index.html"), "utf8"));
// A file of `wend draw` has the script within its page, where this text would end it.
files.set("app.js", files.get("app.js").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--"));

let compressed = 0;
for (const [name, text] of files) {
  const packed = gzipSync(text, { level: 9 }).length;
  compressed += packed;
  console.log(`${name.padEnd(12)} ${String(text.length).padStart(7)} characters, ${String(packed).padStart(6)} bytes compressed`);
}
if (compressed > MOST_COMPRESSED) throw new Error(`the console has ${compressed} bytes compressed, ${MOST_COMPRESSED} are allowed`);

if (process.argv.includes("--check")) {
  for (const [name, text] of files) {
    if (readFileSync(path.join(here, "dist", name), "utf8") !== text) {
      throw new Error(`dist/${name} is not what the sources give: run npm ci && node build.mjs in console/`);
    }
  }
  console.log("console/dist is what the sources give");
} else {
  mkdirSync(path.join(here, "dist"), { recursive: true });
  for (const [name, text] of files) writeFileSync(path.join(here, "dist", name), text);
}
