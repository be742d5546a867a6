/**
 * The editor of queries, over the text area of the form at `/sparql`. Whatever goes wrong here, the text area is left.
 *
 * It lives in a shadow root: there the style sheets that CodeMirror makes are constructed, and the policy of the page
 * needs no exception for them.
 */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StreamLanguage, bracketMatching, indentUnit } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";
import { lintKeymap } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { checking, offset } from "./lib/editor/checking.js";
import { completing, termAt } from "./lib/editor/completing.js";
import { look } from "./lib/editor/look.js";
import { format } from "./lib/sparql/format.js";
import { tokens } from "./lib/sparql/tokens.js";
import { Vocabulary, folded } from "./lib/sparql/vocabulary.js";

const DRAFT = "terrinclus-draft"; // in the storage of this visit: what was written and not sent

/**
 * @typedef {object} Config what the page tells, see workbench.html
 * @property {string} language
 * @property {string} terms address of the vocabulary, "" where there is none
 * @property {string} check address of the check
 * @property {number} longest bytes of a query that an address may hold
 * @property {Record<string, string>} words
 * @property {Record<string, string>} phrases of CodeMirror
 */

const form = document.querySelector("form.sparql");
const area = form?.querySelector("textarea");
const config = document.getElementById("workbench-config")?.textContent;
if (form instanceof HTMLFormElement && area && config) mount(form, area, JSON.parse(config));

/**
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} area
 * @param {Config} config
 */
function mount(form, area, config) {
  const { words } = config;
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const keys = document.createElement("p");
  keys.id = "keys";
  keys.className = "keys";
  keys.textContent = words.keys;
  const label = form.querySelector(`label[for="${area.id}"]`);
  const parts = { tools: paragraph("tools"), verdict: paragraph("verdict"), term: paragraph("term-at-cursor") };
  parts.verdict.setAttribute("role", "status");
  const initial = drafted() ?? area.value;
  const failed = document.querySelector(".problem") !== null;
  /** @type {Vocabulary|undefined} */
  let vocabulary;
  const known = () => vocabulary;

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: initial,
      extensions: [
        lineNumbers(),
        history(),
        indentUnit.of("  "),
        StreamLanguage.define({ ...sparql, indent }),
        bracketMatching(),
        closeBrackets(),
        highlightActiveLine(),
        EditorView.lineWrapping,
        EditorState.phrases.of(config.phrases),
        EditorView.contentAttributes.of({ "aria-label": label?.textContent ?? "", "aria-describedby": keys.id }),
        completing(known, words),
        checking({
          address: config.check,
          wanted: () => failed || view.state.doc.toString() !== initial,
          known,
          words,
          told: (found) => tell(parts.verdict, found, view, words),
        }),
        keymap.of([
          { key: "Mod-Enter", run: () => (form.requestSubmit(), true) },
          { key: "Shift-Alt-f", run: tidy },
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...historyKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        look,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) keep(update.state.doc.toString());
          if (update.docChanged || update.selectionSet) {
            parts.term.replaceChildren(termAt(view, update.state.selection.main.head, vocabulary, words)?.dom ?? "");
          }
        }),
      ],
    }),
  });
  root.append(keys);

  /** @param {string} text */
  function keep(text) {
    area.value = text;
    try {
      sessionStorage.setItem(DRAFT, text);
    } catch {
      // a full or forbidden storage: the draft then lasts as long as the page
    }
  }

  parts.tools.append(button(words.format, () => (tidy(view), view.focus())));
  area.value = initial;
  area.required = false;
  area.hidden = true;
  area.after(host, parts.verdict, parts.term, parts.tools);
  label?.addEventListener("click", () => view.focus());
  form.addEventListener("submit", (event) => {
    if (!area.value.trim()) {
      event.preventDefault();
      view.focus();
    }
    form.method = new TextEncoder().encode(area.value).length > config.longest ? "post" : "get";
  });
  for (const link of document.querySelectorAll("a[data-line]")) {
    const { line, column } = /** @type {HTMLElement} */ (link).dataset;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go(view, offset(view.state.doc, Number(line), Number(column)));
    });
  }
  searchable(words.search);
  if (config.terms) {
    fetch(config.terms)
      .then((answer) => (answer.ok ? answer.json() : undefined))
      .then((listed) => (vocabulary = listed && new Vocabulary(listed, config.language)))
      .catch(() => undefined) // the editor then completes keywords and variables only
      .finally(() => (host.dataset.vocabulary = vocabulary ? "known" : "none"));
  }
}

/**
 * A field over the examples that leaves those with all of its words.
 * @param {string} text its label
 */
function searchable(text) {
  const list = document.getElementById("examples");
  if (!list) return;
  const label = document.createElement("label");
  const field = document.createElement("input");
  field.type = "search";
  label.append(text, " ", field);
  field.addEventListener("input", () => {
    const wanted = folded(field.value).split(/\s+/u);
    for (const item of list.querySelectorAll("li")) {
      const told = folded(item.textContent ?? "");
      item.hidden = !wanted.every((word) => told.includes(word));
    }
    for (const group of list.querySelectorAll("ul")) {
      const empty = !group.querySelector("li:not([hidden])");
      group.hidden = empty;
      if (group.previousElementSibling instanceof HTMLElement) group.previousElementSibling.hidden = empty;
    }
  });
  list.querySelector("summary")?.after(label);
}

/**
 * A level for each bracket that is open, and one for a triple that goes on.
 * @param {{context: {type: string, prev: any}|null}} state of the mode
 * @param {string} after
 * @param {{unit: number}} editor
 */
function indent(state, after, editor) {
  let depth = /^[)\]}]/u.test(after) ? -1 : 0;
  const going = state.context?.type === "pattern" && depth === 0 ? 1 : 0;
  for (let { context } = state; context; context = context.prev) depth += context.type === "pattern" ? 0 : 1;
  return Math.max(0, depth + going) * editor.unit;
}

/** What was written earlier in this visit, where the page brings no query of its own. */
function drafted() {
  const asked = new URLSearchParams(location.search);
  if (asked.has("query") || asked.has("question")) return undefined;
  try {
    return sessionStorage.getItem(DRAFT) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Formats the query; the cursor stays in its token.
 * @param {EditorView} view
 */
function tidy(view) {
  const text = view.state.doc.toString();
  const tidied = format(text);
  if (tidied === text) return true;
  const { head } = view.state.selection.main;
  const before = tokens(text).filter((token) => token.from < head);
  const token = tokens(tidied)[before.length - 1];
  const anchor = token ? token.from + Math.min(head - before[before.length - 1].from, token.to - token.from) : 0;
  view.dispatch({ changes: { from: 0, to: text.length, insert: tidied }, selection: { anchor }, userEvent: "input.format" });
  return true;
}

/**
 * Tells what was found, each fault with a button that leads to it.
 * @param {HTMLElement} place
 * @param {import("@codemirror/lint").Diagnostic[]|undefined} found
 * @param {EditorView} view
 * @param {Record<string, string>} words
 */
function tell(place, found, view, words) {
  if (!found) return place.replaceChildren(words.unchecked);
  const parts = found.map(({ from, message }) => {
    const line = view.state.doc.lineAt(from);
    const column = [...line.text.slice(0, from - line.from)].length + 1;
    const where = words.place.replace("{line}", String(line.number)).replace("{column}", String(column));
    return button(`${where} ${message}`, () => go(view, from));
  });
  return place.replaceChildren(...(parts.length ? parts : [words.fine]));
}

/**
 * @param {EditorView} view
 * @param {number} place
 */
function go(view, place) {
  view.dispatch({ selection: { anchor: place }, scrollIntoView: true });
  view.focus();
}

/** @param {string} name */
function paragraph(name) {
  const made = document.createElement("div");
  made.className = name;
  return made;
}

/**
 * @param {string} text
 * @param {() => void} act
 */
function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}
