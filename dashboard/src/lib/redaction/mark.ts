/** Where words stand in a text first, in UTF-16 code units; null where they don't. */
export function placeOf(text: string, words: string): { start: number; end: number } | null {
  const wanted = words.trim();
  const start = wanted === "" ? -1 : text.indexOf(wanted);
  return start === -1 ? null : { start, end: start + wanted.length };
}
