/** Completion, hover and prefixes: what the vocabulary of the release adds to the editor. */
import { autocompletion, startCompletion } from "@codemirror/autocomplete";
import { EditorView, hoverTooltip } from "@codemirror/view";
import { declaration, offers } from "../sparql/offers.js";
import { iriOf, scene } from "../sparql/scene.js";
import { about } from "./about.js";

/** @typedef {import("../sparql/offers.js").Offer} Offer */
/** @typedef {import("../sparql/scene.js").Scene} Scene */
/** @typedef {import("../sparql/vocabulary.js").Vocabulary} Vocabulary */
/** @typedef {import("@codemirror/autocomplete").Completion} Completion */
/** @typedef {() => Vocabulary|undefined} Known */

const SHOWN = 8; // offers at a time: no list that scrolls by itself, which the keyboard would not reach

/**
 * @param {Known} known the vocabulary, once it has come
 * @param {import("./about.js").Words} words
 */
export function completing(known, words) {
  return [
    autocompletion({ override: [(context) => complete(context, known(), words)], icons: false, maxRenderedOptions: SHOWN }),
    EditorView.inputHandler.of((view, from, to, text) => text === ":" && declareTyped(view, from, to, known())),
    hoverTooltip((view, place) => hover(view, place, known(), words), { hoverTime: 400 }),
  ];
}

/**
 * The change that declares a prefix.
 * @param {Scene} here
 * @param {string} line
 */
export function declare(here, line) {
  return here.declareAt < 0 ? { from: 0, insert: `${line}\n` } : { from: here.declareAt, insert: `\n${line}` };
}

/**
 * What is told of the term at a place, and where the term stands.
 * @param {EditorView} view
 * @param {number} place
 * @param {Vocabulary|undefined} vocabulary
 * @param {import("./about.js").Words} words
 */
export function termAt(view, place, vocabulary, words) {
  if (!vocabulary) return undefined;
  const here = scene(view.state.doc.toString(), place + 1);
  if (!here.token) return undefined;
  const dom = about(iriOf(here.token, new Map([...vocabulary.prefixes, ...here.prefixes])), vocabulary, words);
  return dom && { dom, from: here.token.from, to: here.token.to };
}

/**
 * @param {import("@codemirror/autocomplete").CompletionContext} context
 * @param {Vocabulary|undefined} vocabulary
 * @param {import("./about.js").Words} words
 * @returns {import("@codemirror/autocomplete").CompletionResult|null}
 */
function complete(context, vocabulary, words) {
  const found = offers(context.state.doc.toString(), context.pos, vocabulary);
  if (!found.offers.length || (found.from === context.pos && !context.explicit)) return null;
  const options = found.offers.map((offer, index) => option(offer, index, found.scene, vocabulary, words));
  return { from: found.from, options, filter: false };
}

/**
 * @param {Offer} offer
 * @param {number} index
 * @param {Scene} here
 * @param {Vocabulary|undefined} vocabulary
 * @param {import("./about.js").Words} words
 * @returns {Completion}
 */
function option(offer, index, here, vocabulary, words) {
  const { iri, label, count, text, declare: line } = offer;
  const number = count === undefined ? "" : new Intl.NumberFormat(vocabulary?.language).format(count);
  return {
    label: text,
    detail: [label, number, offer.fits ? words.fits : ""].filter(Boolean).join(" · "),
    boost: -index,
    info: iri && vocabulary ? () => about(iri, vocabulary, words) ?? null : undefined,
    apply: (view, _, from, to) => {
      const changes = [{ from, to, insert: text }, ...(line ? [declare(here, line)] : [])];
      const change = view.state.changes(changes);
      view.dispatch({ changes: change, selection: { anchor: change.mapPos(to, 1) }, userEvent: "input.complete" });
      if (offer.type === "namespace" && text.endsWith(":")) startCompletion(view);
    },
  };
}

/**
 * Declares a prefix of ours as it is typed, in the same step.
 * @param {EditorView} view
 * @param {number} from
 * @param {number} to
 * @param {Vocabulary|undefined} vocabulary
 */
function declareTyped(view, from, to, vocabulary) {
  const here = scene(view.state.doc.toString(), from);
  const prefix = here.token?.kind === "word" && here.token.to === from ? here.token.text : undefined;
  const space = prefix === undefined ? undefined : vocabulary?.prefixes.get(prefix);
  if (space === undefined || prefix === undefined || !here.free || here.role === "prologue" || here.prefixes.has(prefix)) return false;
  const change = view.state.changes([{ from, to, insert: ":" }, declare(here, declaration(prefix, space))]);
  view.dispatch({ changes: change, selection: { anchor: change.mapPos(to, 1) }, userEvent: "input.type" });
  return true;
}

/**
 * @param {EditorView} view
 * @param {number} place
 * @param {Vocabulary|undefined} vocabulary
 * @param {import("./about.js").Words} words
 * @returns {import("@codemirror/view").Tooltip|null}
 */
function hover(view, place, vocabulary, words) {
  const found = termAt(view, place, vocabulary, words);
  return found ? { pos: found.from, end: found.to, create: () => ({ dom: found.dom }) } : null;
}
