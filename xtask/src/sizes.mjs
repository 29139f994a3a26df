// Prints `size <raw> <brotli> <name>` for every file under the folder given.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const root = process.argv.at(-1);
const files = readdirSync(root, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
for (const entry of files) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const bytes = readFileSync(path);
  const packed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  console.log(`size ${bytes.length} ${packed.length} ${path.slice(root.length + 1)}`);
}
