// Builds what the page loads beside its WebAssembly: the editor and the styles, each one file, into web/js/dist.
// Files are written only when they change, so that nothing downstream is rebuilt for no reason.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: { editor: "src/editor.js", page: "../styles/page.css" },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  legalComments: "none",
  write: false,
  logLevel: "warning",
});

mkdirSync(dist, { recursive: true });
for (const file of outputFiles) {
  const path = join(dist, basename(file.path));
  if (read(path) !== file.text) writeFileSync(path, file.text);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
