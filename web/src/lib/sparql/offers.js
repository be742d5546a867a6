/** What may be written at a place in a query, the likeliest first. */
import { TYPE, scene } from "./scene.js";
import { folded } from "./vocabulary.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./vocabulary.js").Vocabulary} Vocabulary */
/**
 * @typedef {object} Offer
 * @property {"class"|"property"|"variable"|"keyword"|"namespace"} type
 * @property {string} text what is written
 * @property {string} [iri] of a term
 * @property {string} [label] of a term, for people
 * @property {number} [count] things that have it
 * @property {boolean} [fits] the class of the subject has it
 * @property {string} [declare] a line that must stand in the prologue first
 */
/** @typedef {{from: number, to: number, offers: Offer[], scene: Scene}} Offered */

const FAR = 10; // behind all that the class of the subject has
const MOST = 60; // the others come as one types on
const PATTERNS = ["OPTIONAL {", "FILTER (", "FILTER NOT EXISTS {", "BIND (", "VALUES", "GRAPH", "UNION {", "MINUS {", "SELECT"];
const FUNCTIONS = ["LANG(", "STR(", "REGEX(", "CONTAINS(", "STRSTARTS(", "BOUND(", "YEAR(", "DATATYPE(", "COALESCE(", "IF(", "LCASE(", "CONCAT("];
const AGGREGATES = ["COUNT(", "SUM(", "AVG(", "MIN(", "MAX(", "GROUP_CONCAT(", "SAMPLE("];
const OUTSIDE = ["SELECT", "ASK", "CONSTRUCT {", "DESCRIBE", "PREFIX", "WHERE {", "DISTINCT", "FROM", "GROUP BY", "ORDER BY", "HAVING (", "LIMIT", "OFFSET", "AS"];

/**
 * @param {string} text the query
 * @param {number} place offset in it
 * @param {Vocabulary|undefined} vocabulary
 * @returns {Offered}
 */
export function offers(text, place, vocabulary) {
  const here = scene(text, place);
  const { token } = here;
  const typing = token && ["word", "name", "variable"].includes(token.kind);
  const from = typing ? token.from : token && /^[?$]$/u.test(token.text) ? token.from : place;
  const typed = text.slice(from, place);
  const found = here.free ? candidates(here, typed, vocabulary) : [];
  const ranked = found
    .map((offer) => ({ offer, rank: rank(offer, typed) + (offer.fits === false ? FAR : 0) }))
    .filter(({ rank: value }) => value < Infinity)
    .sort((one, other) => one.rank - other.rank);
  return { from, to: place, offers: ranked.slice(0, MOST).map(({ offer }) => offer), scene: here };
}

/**
 * The line that declares a prefix.
 * @param {string} prefix
 * @param {string} space
 */
export function declaration(prefix, space) {
  return `PREFIX ${prefix}: <${space}>`;
}

/**
 * @param {Scene} here
 * @param {string} typed
 * @param {Vocabulary|undefined} vocabulary
 * @returns {Offer[]}
 */
function candidates(here, typed, vocabulary) {
  const variables = here.variables.map((name) => /** @type {Offer} */ ({ type: "variable", text: `?${name}` }));
  if (/^[?$]/u.test(typed)) return variables;
  const terms = vocabulary ? termsAt(here, vocabulary) : [];
  const words = keywords(here);
  if (here.role === "property" || here.role === "class") return [...terms, ...variables, ...words];
  return [...variables, ...words, ...terms];
}

/**
 * @param {Scene} here
 * @param {Vocabulary} vocabulary
 * @returns {Offer[]}
 */
function termsAt(here, vocabulary) {
  if (here.role === "class") return vocabulary.classes.map((each) => term("class", each, here, vocabulary));
  if (here.role === "property") {
    const fitting = vocabulary.propertiesOf(here.classes, here.used);
    const ordered = vocabulary.properties
      .map((each) => ({ ...each, count: fitting.get(each.iri) ?? each.count, fits: fitting.has(each.iri) && each.iri !== TYPE })) // which is written "a"
      .sort((one, other) => Number(other.fits) - Number(one.fits) || other.count - one.count);
    return ordered.map((each) => ({ ...term("property", each, here, vocabulary), fits: each.fits }));
  }
  return [...vocabulary.prefixes].map(([prefix, space]) => ({
    type: /** @type {const} */ ("namespace"),
    text: here.role === "prologue" ? `${prefix}: <${space}>` : `${prefix}:`,
    label: space,
    ...(here.role === "prologue" || here.prefixes.has(prefix) ? {} : { declare: declaration(prefix, space) }),
  }));
}

/**
 * @param {"class"|"property"} type
 * @param {import("./vocabulary.js").Counted} counted
 * @param {Scene} here
 * @param {Vocabulary} vocabulary
 * @returns {Offer}
 */
function term(type, { iri, count }, here, vocabulary) {
  const { name, prefix } = vocabulary.name(iri, here.prefixes);
  const space = prefix !== undefined && !here.prefixes.has(prefix) ? vocabulary.prefixes.get(prefix) : undefined;
  return {
    type,
    text: name,
    iri,
    count,
    label: vocabulary.texts(iri, "label")[0]?.text,
    ...(space && prefix !== undefined ? { declare: declaration(prefix, space) } : {}),
  };
}

/**
 * @param {Scene} here
 * @returns {Offer[]}
 */
function keywords(here) {
  const words = here.grouped
    ? PATTERNS
    : here.role === "property"
      ? ["a"]
      : here.role === "chosen"
        ? ["DISTINCT", "WHERE {", ...AGGREGATES, "AS"]
        : here.role === "object" || here.role === "class"
          ? []
          : [...FUNCTIONS, ...OUTSIDE, ...AGGREGATES];
  return words.map((text) => ({ type: "keyword", text }));
}

/**
 * How far an offer is from what was typed: it begins like it, its name without prefix does, a word of its label does,
 * or its label holds it.
 * @param {Offer} offer
 * @param {string} typed
 */
function rank(offer, typed) {
  if (!typed || typed === "?" || typed === "$") return 0;
  const [wanted, text] = [folded(typed).replace(/^\$/u, "?"), folded(offer.text)];
  if (text === wanted && offer.type !== "class" && offer.type !== "property") return Infinity;
  if (text.startsWith(wanted)) return 0;
  if (offer.type !== "class" && offer.type !== "property") return Infinity;
  if (text.slice(text.indexOf(":") + 1).startsWith(wanted)) return 1;
  const label = folded(offer.label ?? "");
  if (label.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted))) return 2;
  return wanted.length > 2 && `${text} ${label}`.includes(wanted) ? 3 : Infinity;
}
