/**
 * A query in lines and indents. Only blanks change, and the capitals of keywords: what stood together stays together,
 * what stood apart stays apart, but around braces and the marks that end a triple.
 */
import { tokens } from "./tokens.js";

/** @typedef {import("./tokens.js").Token} Token */

const INDENT = "  ";
const WIDTH = 100;
const KEYWORDS = new Set(
  `BASE PREFIX VERSION SELECT CONSTRUCT DESCRIBE ASK DISTINCT REDUCED FROM NAMED WHERE GROUP BY HAVING ORDER ASC DESC LIMIT OFFSET
   VALUES OPTIONAL GRAPH UNION MINUS SERVICE SILENT LATERAL BIND AS UNDEF FILTER NOT EXISTS IN SEPARATOR`.split(/\s+/u),
);
const STARTS = new Set(
  `BASE PREFIX VERSION SELECT CONSTRUCT DESCRIBE ASK FROM WHERE GROUP HAVING ORDER LIMIT OFFSET VALUES OPTIONAL GRAPH
   MINUS SERVICE LATERAL BIND FILTER`.split(/\s+/u),
);

/**
 * @param {string} text
 * @returns {string} the query in its new form; the same text for one whose brackets do not fit
 */
export function format(text) {
  const found = tokens(text);
  if (!balanced(found) || found.some(({ kind }) => kind === "other" || kind === "unclosed")) return text;
  const writer = new Writer(text, found);
  found.forEach((token, index) => writer.write(token, index));
  return writer.done();
}

/** @param {Token[]} found */
function balanced(found) {
  const pairs = new Map([["(", ")"], ["[", "]"], ["{", "}"], ["{|", "|}"], ["<<", ">>"], ["<<(", ")>>"]]);
  /** @type {(string|undefined)[]} */
  const open = [];
  for (const { kind, text } of found) {
    if (kind === "open") open.push(pairs.get(text));
    else if (kind === "close" && open.pop() !== text) return false;
  }
  return open.length === 0;
}

class Writer {
  /**
   * @param {string} text
   * @param {Token[]} found
   */
  constructor(text, found) {
    this.text = text;
    this.found = found;
    /** @type {string[]} */
    this.lines = [];
    this.line = "";
    /** What is open: "{" for a group, "=" for braces that stay in their line, or another bracket. @type {string[]} */
    this.open = [];
    this.continued = false; // the line goes on with the triple of the line before
  }

  done() {
    this.breakLine();
    return this.lines.join("\n").replace(/^\n+|\n+$/gu, "");
  }

  /**
   * @param {Token} token
   * @param {number} index
   */
  write(token, index) {
    const before = this.found[index - 1];
    const gap = this.text.slice(before ? before.to : 0, token.from);
    const word = token.kind === "word" ? token.text.toUpperCase() : "";
    if (this.startsLine(token, before, word, gap)) this.breakLine();
    if (!this.line && /\n[^\S\n]*\n/u.test(gap.replace(/\r\n?/gu, "\n")) && this.lines.at(-1) && before?.text !== "{" && token.text !== "}") this.lines.push("");
    if (token.kind === "close") this.open.pop();
    this.put(KEYWORDS.has(word) ? word : token.text, this.line && this.spaced(token, before, gap) ? " " : "");
    if (token.kind === "open") this.open.push(token.text === "{" && this.short(index) ? "=" : token.text);
    this.after(token);
  }

  /**
   * @param {Token} token
   * @param {Token|undefined} before
   * @param {string} word
   * @param {string} gap
   */
  startsLine(token, before, word, gap) {
    if (!before || !this.line) return false;
    if (before.kind === "comment") return true;
    if (token.kind === "comment") return /[\r\n]/u.test(gap);
    if (token.text === "}") return this.open.at(-1) === "{";
    if (token.kind === "close") return false;
    if (this.open.length && this.open.at(-1) !== "{") return /[\r\n]/u.test(gap) && this.open.at(-1) !== "=";
    if (word === "WHERE" && !/[\r\n]/u.test(gap) && this.line.length < WIDTH - 20) return false;
    return STARTS.has(word);
  }

  /** @param {Token} token */
  after(token) {
    const inGroup = this.open.at(-1) === "{";
    if (token.text === "{" && inGroup) this.breakLine();
    else if (token.text === "}" && this.open.at(-1) !== "=" && !this.nextIs(token, /^(?:UNION|WHERE|\.)$/iu)) this.breakLine();
    else if (token.kind === "separator" && token.text !== "," && inGroup) this.endTriple(token);
  }

  /** @param {Token} token */
  endTriple(token) {
    const next = this.found[this.found.indexOf(token) + 1];
    if (next?.kind === "comment" && !/[\r\n]/u.test(this.text.slice(token.to, next.from))) return;
    this.breakLine();
    this.continued = token.text === ";";
  }

  /**
   * @param {Token} token
   * @param {RegExp} what
   */
  nextIs(token, what) {
    return what.test(this.found[this.found.indexOf(token) + 1]?.text ?? "");
  }

  /**
   * Whether a blank stands between two tokens: where one stood, and around braces and the ends of triples.
   * @param {Token} token
   * @param {Token|undefined} before
   * @param {string} gap
   */
  spaced(token, before, gap) {
    const braces = /^[{}]$/u;
    if (braces.test(token.text) || (before && braces.test(before.text))) return true;
    if (before?.kind === "separator" || (token.kind === "separator" && token.text !== ",")) return true;
    return gap !== "" || token.kind === "comment";
  }

  /**
   * @param {string} text
   * @param {string} gap
   */
  put(text, gap) {
    if (!this.line) {
      const depth = this.open.filter((each) => each !== "=").length + (this.continued ? 1 : 0);
      this.line = INDENT.repeat(depth);
      this.continued = false;
      gap = "";
    }
    this.line += gap + text;
  }

  breakLine() {
    if (this.line) this.lines.push(this.line.trimEnd());
    this.line = "";
  }

  /**
   * Whether braces hold values that fit into one line.
   * @param {number} index of the opening brace
   */
  short(index) {
    const end = this.found.findIndex((each, place) => place > index && each.text === "}");
    const inside = this.found.slice(index + 1, end);
    const plain = inside.every((each) => each.kind !== "comment" && each.text !== "{" && each.kind !== "separator");
    return (this.holdsValues(index) && plain && this.text.slice(this.found[index].from, this.found[end].to).length < WIDTH) || inside.length === 0;
  }

  /** @param {number} index of an opening brace */
  holdsValues(index) {
    let start = index - 1;
    if (this.found[start]?.text === ")") while (start > 0 && this.found[start].text !== "(") start -= 1;
    return this.found[start - 1]?.text.toUpperCase() === "VALUES";
  }
}
