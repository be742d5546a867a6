/** The tokens of a SPARQL text (SPARQL 1.1 §19.8, and those of 1.2). Any text has tokens, whole or not. */

/** @typedef {"comment"|"iri"|"string"|"unclosed"|"variable"|"tag"|"name"|"number"|"word"|"open"|"close"|"separator"|"operator"|"other"} Kind */
/** @typedef {{kind: Kind, text: string, from: number, to: number}} Token */

const CHARS = "\\p{L}\\p{N}_\\u00b7\\u0300-\\u036f\\u203f\\u2040\\-";
const LOCAL = `(?:[${CHARS}.:]|%[0-9A-Fa-f]{2}|\\\\[_~.!$&'()*+,;=/?#@%-])*`;
const OPENED = [
  ['"""(?:[^"\\\\]|\\\\.|"(?!""))*', '"""'],
  ["'''(?:[^'\\\\]|\\\\.|'(?!''))*", "'''"],
  ['(?!""")"(?:[^"\\\\\\r\\n]|\\\\.)*', '"'],
  ["(?!''')'(?:[^'\\\\\\r\\n]|\\\\.)*", "'"],
];

const TOKEN = new RegExp(
  [
    "(?<comment>#[^\\r\\n]*)",
    '(?<iri><(?:[^<>"{}|^`\\\\\\x00-\\x20]|\\\\u[0-9A-Fa-f]{4}|\\\\U[0-9A-Fa-f]{8})*>)',
    `(?<string>${OPENED.map(([start, end]) => start + end).join("|")})`,
    `(?<unclosed>${OPENED.map(([start]) => start).join("|")})`,
    `(?<variable>[?$][\\p{L}\\p{N}_\\u00b7\\u0300-\\u036f\\u203f\\u2040]+)`,
    "(?<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)",
    `(?<name>(?:\\p{L}(?:[${CHARS}.]{0,200}[${CHARS}])?|_)?:${LOCAL})`,
    "(?<number>\\d+\\.\\d*[eE][+-]?\\d+|\\d*\\.\\d+(?:[eE][+-]?\\d+)?|\\d+(?:[eE][+-]?\\d+)?)",
    `(?<word>\\p{L}[${CHARS}]*)`,
    "(?<open><<\\(?|\\{\\||[({[])",
    "(?<close>\\)?>>|\\|\\}|[)}\\]])",
    "(?<operator>\\|\\||&&|[<>!]=|\\^\\^|[+*/|^!=<>?&-])",
    "(?<separator>[.;,])",
    "(?<other>\\S)",
  ].join("|"),
  "gsu",
);

/**
 * The tokens of a text in their order, comments included.
 * @param {string} text
 * @returns {Token[]}
 */
export function tokens(text) {
  /** @type {Token[]} */
  const found = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const groups = /** @type {Record<string, string>} */ (match.groups);
    const kind = /** @type {Kind} */ (Object.keys(groups).find((name) => groups[name] !== undefined));
    // A point at the end of a name ends the triple instead; a point after a backslash belongs to the name.
    const own = kind === "name" ? match[0].replace(/(?<!\\)\.+$/u, "") : match[0];
    TOKEN.lastIndex = match.index + own.length;
    found.push({ kind, text: own, from: match.index, to: match.index + own.length });
  }
  return found;
}
