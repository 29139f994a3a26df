// The YAML editor, as one global that the page's Rust side calls. It knows nothing of manifests: problems come from the
// core, positions in UTF-16 units. The page works without it, with a plain text area.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import {
  HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--ink)" },
  { tag: [tags.string, tags.content, tags.attributeValue, tags.special(tags.string)], color: "var(--init)" },
  { tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: "var(--ink-3)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.labelName, tags.typeName, tags.meta], color: "var(--wait)" },
]);

function extensions({ label, onChange, onSave, words }) {
  return [
    lineNumbers(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), indentUnit.of("  "),
    EditorState.tabSize.of(2), bracketMatching(), highlightActiveLine(), highlightActiveLineGutter(),
    yaml(), syntaxHighlighting(colours), lintGutter(),
    EditorState.phrases.of(words),
    EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "off" }),
    keymap.of([
      { key: "Mod-s", preventDefault: true, run: () => { onSave(); return true; } },
      ...defaultKeymap, ...historyKeymap, ...lintKeymap, indentWithTab,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}

// One editor for one file. Every way to end a line counts as one character here; the page's text is normalised the same way.
function create(parent, text, options) {
  const view = new EditorView({ parent, state: EditorState.create({ doc: text, extensions: extensions(options) }) });
  return {
    /** Problems as flat numbers and words: from, to, severity, message, from, to, ... */
    setProblems(flat) {
      const end = view.state.doc.length;
      const problems = [];
      for (let at = 0; at + 3 < flat.length; at += 4) {
        const from = Math.min(flat[at], end);
        problems.push({ from, to: Math.max(from, Math.min(flat[at + 1], end)), severity: flat[at + 2], message: flat[at + 3] });
      }
      view.dispatch(setDiagnostics(view.state, problems));
    },
    /** Puts the cursor at a place and shows it. */
    reveal(at) {
      const anchor = Math.min(at, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    destroy() {
      view.destroy();
    },
  };
}

globalThis.standfastEditor = { create };
globalThis.dispatchEvent(new Event("standfast-editor"));
