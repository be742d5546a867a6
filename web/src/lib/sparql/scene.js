/** What surrounds a place in a query: the triple that is being written, its subject's classes, prefixes, variables. */
import { tokens } from "./tokens.js";

/** @typedef {import("./tokens.js").Token} Token */
/** @typedef {"subject"|"property"|"object"|"class"|"chosen"|"prologue"|"aside"} Role */
/**
 * @typedef {object} Scene
 * @property {Role} role what a term stands for at the place
 * @property {Token|undefined} token the token that ends at the place or holds it
 * @property {Set<string>} classes of the subject, as the query says them anywhere (IRIs)
 * @property {Set<string>} used the properties that the query says of the subject (IRIs)
 * @property {boolean} grouped whether a pattern may begin at the place
 * @property {boolean} free whether the place is in no comment, string or IRI
 * @property {string[]} variables all names, without their sign
 * @property {Map<string, string>} prefixes as the query declares them
 * @property {number} declareAt where a further prefix is declared
 */
/** @typedef {{role: Role, moves: boolean, group: boolean, data: boolean, ofType: boolean, far: boolean, subject: string}} Frame */

export const TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const CLOSED = new Set(["string", "iri"]); // in which nothing is offered, but behind them
const OPEN = new Set(["comment", "unclosed"]); // which go on behind the place
const GROWING = new Set(["comment", "word", "name", "variable", "iri", "string", "unclosed", "number"]);
const TERMS = new Set(["iri", "name", "variable", "string", "number"]);
const ASIDE = new Set(["FILTER", "BIND", "GRAPH", "SERVICE", "VALUES", "CONSTRUCT"]);
const ENDS = new Set(["GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET"]);
/** @type {Partial<Record<Role, Role>>} */
const NEXT = { subject: "property", property: "object" };

/**
 * @param {string} text
 * @param {number} place offset in the text
 * @returns {Scene}
 */
export function scene(text, place) {
  const found = tokens(text);
  const reader = new Reader(declared(found));
  /** @type {Pick<Scene, "role"|"grouped"> & {subject: string}} */
  let here = { role: "prologue", grouped: false, subject: "" };
  let seen = false;
  for (const token of found) {
    if (!seen && (token.to > place || (token.to === place && GROWING.has(token.kind)))) {
      here = reader.here();
      seen = true;
    }
    reader.read(token);
  }
  if (!seen) here = reader.here();
  const token = found.find((each) => each.from < place && place <= each.to);
  const said = reader.said.get(here.subject);
  return {
    role: here.role,
    grouped: here.grouped,
    token,
    classes: said?.classes ?? new Set(),
    used: said?.used ?? new Set(),
    free: !token || !(CLOSED.has(token.kind) ? token.to > place : OPEN.has(token.kind)),
    variables: [...new Set(found.filter((each) => each.kind === "variable" && each !== token).map((each) => each.text.slice(1)))],
    prefixes: reader.prefixes,
    declareAt: behindPrologue(found),
  };
}

/**
 * The prefixes that a text declares.
 * @param {Token[]} found
 * @returns {Map<string, string>}
 */
export function declared(found) {
  const prefixes = new Map();
  const plain = found.filter((each) => each.kind !== "comment");
  plain.forEach((token, index) => {
    const [name, iri] = [plain[index + 1], plain[index + 2]];
    if (token.kind === "word" && token.text.toUpperCase() === "PREFIX" && name?.kind === "name" && iri?.kind === "iri") {
      prefixes.set(name.text.slice(0, -1), iri.text.slice(1, -1));
    }
  });
  return prefixes;
}

/**
 * The IRI that a token stands for; "" if it is none, or of a prefix that nobody declared.
 * @param {Token} token
 * @param {Map<string, string>} prefixes
 */
export function iriOf(token, prefixes) {
  if (token.kind === "iri") return token.text.slice(1, -1);
  if (token.kind !== "name") return "";
  const colon = token.text.indexOf(":");
  const space = prefixes.get(token.text.slice(0, colon));
  return space === undefined ? "" : space + token.text.slice(colon + 1).replace(/\\(.)/gu, "$1");
}

/** @param {Token[]} found */
function behindPrologue(found) {
  const plain = found.filter((each) => each.kind !== "comment");
  let end = -1;
  plain.forEach((token, index) => {
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (word === "PREFIX" && plain[index + 2]?.kind === "iri") end = plain[index + 2].to;
    if (word === "BASE" && plain[index + 1]?.kind === "iri") end = plain[index + 1].to;
  });
  return end;
}

/** One pass over the tokens, as `store/queries/roles.py` does it on the server. */
class Reader {
  /** @param {Map<string, string>} prefixes */
  constructor(prefixes) {
    this.prefixes = prefixes;
    /** @type {Map<string, {classes: Set<string>, used: Set<string>}>} */
    this.said = new Map();
    /** @type {Frame[]} */
    this.open = [frame("prologue")];
    this.previous = "";
  }

  /** What a term would stand for now. */
  here() {
    const top = this.open[this.open.length - 1];
    const role = top.ofType && top.role === "object" ? "class" : top.role;
    return { role, grouped: top.group && top.role === "subject", subject: top.far ? "" : top.subject };
  }

  /** @param {Token} token */
  read(token) {
    const { kind, text } = token;
    const top = this.open[this.open.length - 1];
    if (kind === "comment") return;
    const previous = this.previous;
    this.previous = text.toUpperCase();
    if (kind === "open") this.opened(token, top);
    else if (kind === "close") this.closed(text);
    else if (kind === "separator" && top.moves && text !== ",") restart(top, text === ";" ? "property" : "subject");
    else if (kind === "word") this.word(text, top);
    else if ((text === "/" || text === "|") && top.moves && top.role === "object") {
      top.role = "property";
      top.far = text === "/";
    } else if (TERMS.has(kind) && previous !== "^^") this.term(token, top);
  }

  /**
   * @param {Token} token
   * @param {Frame} top
   */
  term(token, top) {
    const iri = token.text === "a" ? TYPE : iriOf(token, this.prefixes);
    if (top.role === "subject") top.subject = iri || token.text.replace(/^\$/u, "?");
    else if (top.role === "property" && !top.far) {
      if (iri === TYPE) top.ofType = true;
      else if (iri) this.about(top.subject).used.add(iri);
    } else if (top.role === "object" && top.ofType && iri) this.about(top.subject).classes.add(iri);
    advance(top);
  }

  /** @param {string} subject */
  about(subject) {
    const known = this.said.get(subject) ?? { classes: new Set(), used: new Set() };
    this.said.set(subject, known);
    return known;
  }

  /**
   * @param {string} text
   * @param {Frame} top
   */
  word(text, top) {
    const word = text.toUpperCase();
    if (text === "a" && top.role === "property") this.term({ kind: "word", text, from: 0, to: 0 }, top);
    else if (word === "TRUE" || word === "FALSE") advance(top);
    else if (word === "SELECT" || word === "DESCRIBE") fix(top, "chosen");
    else if (ENDS.has(word) && top.role !== "chosen") {
      fix(top, "aside");
      top.group = false;
    } else if (ASIDE.has(word)) {
      fix(top, "aside");
      top.data = word === "VALUES";
    } else if (word === "WHERE" || word === "FROM" || word === "ASK") {
      fix(top, "aside");
      top.data = false;
    }
  }

  /**
   * @param {Token} token
   * @param {Frame} top
   */
  opened(token, top) {
    const { text, from } = token;
    if (top.data && !top.moves && text !== "(") this.open.push({ ...frame("aside"), data: true });
    else if (text === "{") this.open.push({ ...frame("subject"), moves: true, group: true });
    else if (text === "[" || text === "{|") this.open.push({ ...frame("property"), moves: true, subject: `[${from}` });
    else if (text.startsWith("<<")) this.open.push({ ...frame("subject"), moves: true });
    else if (!top.moves) this.open.push(frame("aside"));
    else this.open.push({ ...frame(top.role === "property" ? "property" : "object"), subject: top.subject, far: top.far });
    if (text === "[" && top.role === "subject") top.subject = `[${from}`;
  }

  /** @param {string} text */
  closed(text) {
    if (this.open.length === 1) return;
    this.open.pop();
    const top = this.open[this.open.length - 1];
    const endsClause = text === "}" || (text === ")" && top.role === "aside" && !top.data);
    if (endsClause && top.group) {
      restart(top, "subject");
      top.moves = true;
      top.data = false;
    } else if (text === "}") {
      fix(top, "aside");
      top.data = false;
    } else if (text !== "|}") advance(top);
  }
}

/**
 * @param {Role} role
 * @returns {Frame}
 */
function frame(role) {
  return { role, moves: false, group: false, data: false, ofType: false, far: false, subject: "" };
}

/**
 * @param {Frame} top
 * @param {Role} role
 */
function restart(top, role) {
  top.role = role;
  top.ofType = top.far = false;
}

/**
 * @param {Frame} top
 * @param {Role} role
 */
function fix(top, role) {
  top.role = role;
  top.moves = false;
}

/** @param {Frame} top */
function advance(top) {
  if (top.moves) top.role = NEXT[top.role] ?? top.role;
}
