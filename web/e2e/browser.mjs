// A server for the built page and a browser on it. Node's own modules and playwright-core; nothing is fetched.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, "../js/package.json"))("playwright-core");

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Serves the built page (`STANDFAST_PAGE` names its folder) below `/sub/`, because a page that works there works anywhere. */
export async function serve(dist = process.env.STANDFAST_PAGE ?? join(here, "../../dist")) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = path.startsWith("/sub/") && join(dist, normalize(path.slice(4)));
    const body = file && (await readFile(path.endsWith("/") ? join(file, "index.html") : file).catch(() => undefined));
    response.writeHead(body ? 200 : 404, { "content-type": types[extname(path)] ?? types[".html"] });
    response.end(body || "");
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/sub/`, close: () => server.close() };
}

/** A headless browser: the one that `CHROMIUM` names, else Debian's. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}
