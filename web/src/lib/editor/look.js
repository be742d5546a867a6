/** How the editor looks: the colours of the page, which reach into its shadow root as custom properties. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--visited)", fontWeight: "bold" },
  { tag: tags.standard(tags.variableName), color: "var(--visited)" },
  { tag: tags.local(tags.variableName), color: "var(--warn)" },
  { tag: tags.atom, color: "var(--accent)" },
  { tag: tags.string, color: "var(--string)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", border: "1px solid var(--quiet)", borderRadius: "4px" },
  "&.cm-focused": { outline: "3px solid var(--focus)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "ui-monospace, Consolas, 'Liberation Mono', monospace", fontSize: ".9rem", lineHeight: "1.5", maxHeight: "70vh" },
  ".cm-content": { minHeight: "14em", caretColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--quiet)", backgroundColor: "var(--paper)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--soft)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--focus)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent", color: "var(--warn)" },
  ".cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--paper)", border: "1px solid var(--quiet)", borderRadius: "4px", maxWidth: "min(34rem, 92vw)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxWidth: "min(34rem, 92vw)", maxHeight: "none" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: ".3em .6em", lineHeight: "1.5" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { color: "var(--paper)", backgroundColor: "var(--accent)" },
  ".cm-completionMatchedText": { textDecoration: "none" },
  ".cm-completionDetail": { fontFamily: "system-ui, sans-serif", fontStyle: "normal", marginLeft: ".8em" },
  ".cm-completionInfo": { whiteSpace: "normal" },
  ".about": { fontFamily: "system-ui, sans-serif", fontSize: ".9rem", lineHeight: "1.45", padding: ".3em .6em" },
  ".about p": { margin: ".3em 0" },
  ".about a": { color: "var(--accent)" },
  ".cm-diagnostic": { padding: ".3em .6em", borderLeft: "4px solid var(--warn)", fontFamily: "system-ui, sans-serif", fontSize: ".9rem" },
  ".cm-diagnosticAction": { color: "var(--paper)", backgroundColor: "var(--accent)", padding: ".3em .8em", minHeight: "24px", fontSize: ".9rem" },
  ".cm-lintRange-error, .cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--focus)", textUnderlineOffset: ".2em" },
  ".cm-lintRange-warning": { textDecorationStyle: "dotted", textDecorationThickness: ".15em" },
  ".cm-lint-marker": { content: "none", width: ".7em", height: ".7em", marginTop: ".4em", borderRadius: "50%", border: "2px solid var(--focus)" },
  ".cm-lint-marker-error": { backgroundColor: "var(--focus)" },
});

export const look = [theme, syntaxHighlighting(colours)];
