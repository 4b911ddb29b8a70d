/** Marks that reorder the text around them (U+202A–202E, U+2066–2069), used to make one text look like another. */
const BIDI_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu;
/** Control characters other than tab and line feed. */
const CONTROLS = /[\p{Cc}--[\t\n]]/gv;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A message's text with plain line feeds, and without characters that only mislead. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replace(BIDI_CONTROLS, "")
    .replace(CONTROLS, "");
}

/** The same text on one line of at most `max` graphemes, fit for a header. */
export function oneLine(text: string, max: number): string {
  const line = clean(text).replace(/\s+/gu, " ").trim();
  const graphemes = Array.from(new Intl.Segmenter().segment(line), ({ segment }) => segment);
  return graphemes.length <= max
    ? line
    : `${graphemes
        .slice(0, max - 1)
        .join("")
        .trimEnd()}…`;
}

/** Sets right-to-left text off from the left-to-right words beside it (U+2068 … U+2069). */
export function isolate(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, safe in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
