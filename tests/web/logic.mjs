// Runs the logic of the editor outside of a browser: a line of JSON in, `[function, …arguments]`, a line of JSON out.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";
import { format } from "../../web/src/lib/sparql/format.js";
import { offers } from "../../web/src/lib/sparql/offers.js";
import { scene } from "../../web/src/lib/sparql/scene.js";
import { tokens } from "../../web/src/lib/sparql/tokens.js";
import { Vocabulary } from "../../web/src/lib/sparql/vocabulary.js";
import { address } from "../../web/src/lib/editor/about.js";

let vocabulary;
const known = {
  learn: (file, language) => void (vocabulary = new Vocabulary(JSON.parse(readFileSync(file, "utf8")), language)),
  format,
  tokens: (text) => tokens(text).map(({ kind, text: value }) => [kind, value]),
  offers: (text, place) => offers(text, place, vocabulary).offers,
  scene: (text, place) => {
    const found = scene(text, place);
    return { ...found, classes: [...found.classes], used: [...found.used], prefixes: [...found.prefixes] };
  },
  address,
};
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(known[name](...given) ?? null)}\n`);
}
