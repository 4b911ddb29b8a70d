/** What moves a terminal's cursor, hides or turns text, or begins a line. */
const STEERS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** A text that may quote a file of somebody else, as one line for a terminal: what could steer that is written as its code. */
export const visible = (text: string): string =>
  text.replaceAll(STEERS, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);

/** The same of a message that may have several lines. */
export const visibleLines = (text: string): string => text.split("\n").map(visible).join("\n");
