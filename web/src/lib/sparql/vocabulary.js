/** The terms of a release, as `/completion.json` lists them: names for IRIs, texts for people. */

/** @typedef {Record<string, string>} Texts language ("" for none) → text */
/** @typedef {{iri: string, count: number, properties?: Record<string, number>}} Counted */
/**
 * @typedef {object} Listed
 * @property {Record<string, string>} prefixes
 * @property {Counted[]} classes
 * @property {Counted[]} properties
 * @property {Record<string, {label?: Texts, definition?: Texts}>} terms
 */

const LOCAL = /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?)?$/u;

export class Vocabulary {
  /**
   * @param {Listed} listed
   * @param {string} language of the reader
   */
  constructor(listed, language) {
    this.classes = listed.classes;
    this.properties = listed.properties;
    this.prefixes = new Map(Object.entries(listed.prefixes));
    this.language = language;
    this.terms = listed.terms;
    this.byIri = new Map([...listed.properties, ...listed.classes].map((term) => [term.iri, term]));
  }

  /**
   * What people are told of a term: the best text first, then those in other languages.
   * @param {string} iri
   * @param {"label"|"definition"} what
   * @returns {{text: string, language: string}[]}
   */
  texts(iri, what) {
    const found = Object.entries(this.terms[iri]?.[what] ?? {}).map(([language, text]) => ({ language, text }));
    return found.sort((one, other) => this.#rank(one.language) - this.#rank(other.language));
  }

  /** @param {string} language */
  #rank(language) {
    return [this.language, "", "fr", "en"].indexOf(language) >>> 0;
  }

  /**
   * A short name of an IRI, with the prefixes of a query before ours; the prefix is undefined where none fits.
   * @param {string} iri
   * @param {Map<string, string>} declared
   * @returns {{name: string, prefix?: string}}
   */
  name(iri, declared) {
    /** @type {{name: string, length: number, prefix?: string}} */
    let best = { name: `<${iri}>`, length: 0 };
    for (const [prefix, space] of [...declared, ...this.prefixes]) {
      const free = declared.has(prefix) ? declared.get(prefix) === space : true;
      if (free && space.length > best.length && iri.startsWith(space) && LOCAL.test(iri.slice(space.length))) {
        best = { name: `${prefix}:${iri.slice(space.length)}`, length: space.length, prefix };
      }
    }
    return best;
  }

  /**
   * How many things of these classes have each property; all properties where no class is known to have the used ones.
   * @param {Set<string>} classes
   * @param {Set<string>} used
   * @returns {Map<string, number>}
   */
  propertiesOf(classes, used) {
    const fitting = this.classes.filter(({ iri, properties = {} }) =>
      classes.size ? classes.has(iri) : used.size && [...used].every((each) => properties[each]),
    );
    const found = new Map();
    for (const { properties = {} } of fitting) {
      for (const [iri, count] of Object.entries(properties)) found.set(iri, Math.max(count, found.get(iri) ?? 0));
    }
    return found;
  }
}

/**
 * A text without accents and capitals, as people type it.
 * @param {string} text
 */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
