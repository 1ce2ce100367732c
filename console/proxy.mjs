// A proxy before a server, under a path: node proxy.mjs PORT TARGET-PORT [/path/] [dist]. With `dist` the console's files come from
// console/dist, so that the page can be changed without building the binary.
import http from "node:http";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const KINDS = { "index.html": "text/html", "app.js": "text/javascript", "app.css": "text/css" };

export function proxy(port, target, prefix = "/", dist = false) {
  const server = http.createServer((request, response) => {
    if (!request.url.startsWith(prefix)) {
      response.writeHead(404).end("not below the path of the proxy");
      return;
    }
    const url = `/${request.url.slice(prefix.length)}`;
    const file = url === "/" && /text\/html/.test(request.headers.accept ?? "") ? "index.html" : url.match(/^\/console\/([\w.]+)$/)?.[1];
    if (dist && file && KINDS[file]) {
      response.writeHead(200, { "Content-Type": KINDS[file], "Content-Security-Policy": POLICY }).end(readFileSync(path.join(here, "dist", file)));
      return;
    }
    const asked = http.request({ host: "127.0.0.1", port: target, path: url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    asked.on("error", () => { response.headersSent ? response.destroy() : response.writeHead(502).end("{}"); });
    response.on("close", () => asked.destroy());
    request.pipe(asked);
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [port, target, prefix, dist] = process.argv.slice(2);
  await proxy(Number(port), Number(target), prefix || "/", dist === "dist");
  console.log(`http://127.0.0.1:${port}${prefix || "/"}`);
}
