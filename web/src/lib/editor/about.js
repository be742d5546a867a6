/** What is told of a term: its labels and definitions, how often it is used, where it is defined. */

/** @typedef {import("../sparql/vocabulary.js").Vocabulary} Vocabulary */
/** @typedef {Record<string, string>} Words strings of the interface, in the language of the page */

/**
 * @param {string} iri
 * @param {Vocabulary} vocabulary
 * @param {Words} words
 * @returns {HTMLElement|undefined} nothing for what is no term of the release
 */
export function about(iri, vocabulary, words) {
  const term = vocabulary.byIri.get(iri);
  if (!term) return undefined;
  const box = element("div", "");
  box.className = "about";
  const name = element("p", "");
  vocabulary.texts(iri, "label").forEach(({ text, language }, index) => {
    const label = element(index ? "bdi" : "strong", text, language, vocabulary);
    name.append(index ? " · " : "", label);
  });
  name.append(" ", element("code", vocabulary.name(iri, new Map()).name));
  const texts = vocabulary.texts(iri, "definition").map(({ text, language }) => element("p", text, language, vocabulary));
  const use = element("p", words.use.replace("{n}", new Intl.NumberFormat(vocabulary.language).format(term.count)));
  const target = address(iri, vocabulary.language, words.own);
  if (target) {
    const link = /** @type {HTMLAnchorElement} */ (element("a", words.definition));
    link.href = target;
    if (!target.startsWith("/")) link.rel = "noopener nofollow";
    use.append(" · ", link);
  }
  box.append(name, ...texts, use);
  return box;
}

/**
 * Where a term is defined: on our page of the ontology, or wherever its IRI leads, if it is one that may be followed.
 * @param {string} iri
 * @param {string} language
 * @param {string} own how the IRIs of the terms of our ontology begin
 */
export function address(iri, language, own) {
  if (iri.startsWith(own)) return `/ns?lang=${language}#${encodeURIComponent(iri.slice(own.length))}`;
  return /^https?:\/\/[^\s"'<>]+$/u.test(iri) ? iri : "";
}

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [language]
 * @param {Vocabulary} [vocabulary]
 */
function element(tag, text, language, vocabulary) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (text && tag !== "a") made.dir = "auto";
  if (language && language !== vocabulary?.language) made.lang = language;
  return made;
}
