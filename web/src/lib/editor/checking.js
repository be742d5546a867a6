/** What the server says of a query while it is written: faults and slips, each at its place. */
import { linter, lintGutter } from "@codemirror/lint";
import { scene } from "../sparql/scene.js";
import { tokens } from "../sparql/tokens.js";
import { declaration } from "../sparql/offers.js";
import { declare } from "./completing.js";

/** @typedef {import("@codemirror/lint").Diagnostic} Diagnostic */
/** @typedef {import("@codemirror/state").Text} Text */
/** @typedef {{code: string, message: string, detail?: string, line: number, column: number, length?: number, near?: string}} Told */

const DELAY = 600; // milliseconds of rest before a draft is sent

/**
 * @param {object} options
 * @param {string} options.address of the check, in the language of the reader
 * @param {() => boolean} options.wanted whether there is something new to check
 * @param {import("./completing.js").Known} options.known
 * @param {import("./about.js").Words} options.words
 * @param {(found: Diagnostic[]|undefined) => void} options.told hears what was found; nothing where the server gave no answer
 */
export function checking({ address, wanted, known, words, told }) {
  let last = new AbortController();
  const check = linter(
    async (view) => {
      last.abort();
      last = new AbortController();
      if (!wanted()) return [];
      const { doc } = view.state;
      const answer = await ask(address, doc.toString(), last.signal);
      const found = answer?.map((each) => diagnostic(each, doc, known, words));
      told(found);
      return found ?? [];
    },
    { delay: DELAY },
  );
  return [check, lintGutter()];
}

/**
 * @param {string} address
 * @param {string} query
 * @param {AbortSignal} signal
 * @returns {Promise<(Told & {severity: "error"|"warning"})[]|undefined>}
 */
async function ask(address, query, signal) {
  try {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ query }), signal });
    if (!answer.ok) return undefined;
    const { errors, warnings } = await answer.json();
    return [
      ...errors.map((/** @type {Told} */ each) => ({ ...each, severity: "error" })),
      ...warnings.map((/** @type {Told} */ each) => ({ ...each, severity: "warning" })),
    ];
  } catch {
    return undefined; // no network, no answer, or a later draft: the query can be sent all the same
  }
}

/**
 * @param {Told & {severity: "error"|"warning"}} told
 * @param {Text} doc
 * @param {import("./completing.js").Known} known
 * @param {import("./about.js").Words} words
 * @returns {Diagnostic}
 */
function diagnostic(told, doc, known, words) {
  const from = offset(doc, told.line, told.column);
  const to = told.length ? offset(doc, told.line, told.column + told.length) : endOfToken(doc, from);
  const { near = "" } = told;
  return {
    from,
    to: Math.max(from, to),
    severity: told.severity,
    message: told.code === "query-syntax" || !told.detail ? told.message : `${told.message} (${told.detail})`,
    actions: [
      ...(near ? [{ name: words.replace.replace("{name}", near), apply: replacing(near, known) }] : []),
      ...declaring(doc.sliceString(from, to), told, known, words),
    ],
  };
}

/**
 * @param {string} text
 * @param {import("./completing.js").Known} known
 * @returns {(view: import("@codemirror/view").EditorView, from: number, to: number) => void}
 */
function replacing(text, known) {
  return (view, from, to) => {
    const here = scene(view.state.doc.toString(), from);
    const prefix = text.slice(0, Math.max(0, text.indexOf(":")));
    const space = here.prefixes.has(prefix) ? undefined : known()?.prefixes.get(prefix);
    const line = prefix && space ? [declare(here, declaration(prefix, space))] : [];
    view.dispatch({ changes: [{ from, to, insert: text }, ...line], userEvent: "input.complete" });
  };
}

/**
 * @param {string} name that the fault is about
 * @param {Told} told
 * @param {import("./completing.js").Known} known
 * @param {import("./about.js").Words} words
 */
function declaring(name, told, known, words) {
  const prefix = name.slice(0, Math.max(0, name.indexOf(":")));
  const space = told.code === "query-syntax" && prefix ? known()?.prefixes.get(prefix) : undefined;
  if (!space) return [];
  const line = declaration(prefix, space);
  /** @param {import("@codemirror/view").EditorView} view */
  const apply = (view) => view.dispatch({ changes: declare(scene(view.state.doc.toString(), 0), line), userEvent: "input.complete" });
  return [{ name: words.declare.replace("{name}", `${prefix}:`), apply }];
}

/**
 * The offset of a line and a column that count characters, where ours count UTF-16 units.
 * @param {Text} doc
 * @param {number} line
 * @param {number} column
 */
export function offset(doc, line, column) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return from + [...text].slice(0, column - 1).join("").length;
}

/**
 * @param {Text} doc
 * @param {number} from
 */
function endOfToken(doc, from) {
  return tokens(doc.toString()).find((token) => token.to > from)?.to ?? from;
}
