import type { Deliverable } from "tocsin/channel";
import { countSegments, encodingOf } from "./segments.ts";

/** Typographic characters that have an equal in GSM-7, which sends more than twice as much in a segment. */
const PLAIN: Readonly<Record<string, string>> = {
  "“": '"',
  "”": '"',
  "„": '"',
  "‘": "'",
  "’": "'",
  "–": "-",
  "—": "-",
  "…": "...",
  "\u00A0": " ",
  "\u202F": " ",
  "\t": " ",
};
/** Marks beyond eight of a letter, which no language has: to order a run of them takes time that grows with its square. */
const HEAPED = /(\p{M}{8})\p{M}+/gu;
/** No message has more characters: ten segments of 153, and a grapheme that does not fit. */
const MOST = 10 * 153 + 100;
/** Marks that reorder the text around them, and control characters. */
const MISLEADING = /[\u202A-\u202E\u2066-\u2069]|[\p{Cc}--[\t\n]]/gv;

/**
 * The text that the phone shows: the title on a line of its own, then the message. One of more than `maxSegments` is cut
 * after the last whole grapheme that fits, and ends in an ellipsis.
 * @param hint stands below it, whole
 */
export function bodyOf(
  { title, text, priority }: Deliverable["message"],
  maxSegments: number,
  hint = "",
): string {
  const lines = [title ?? "", text].map(tidy).filter((part) => part !== "");
  const whole = economical(`${priority === "critical" ? "CRITICAL: " : ""}${lines.join("\n")}`);
  const end = hint === "" || whole === "" ? "" : `\n${hint}`;
  return countSegments(whole + end) <= maxSegments ? whole + end : truncate(whole, maxSegments, end);
}

function tidy(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replace(MISLEADING, "")
    .replace(HEAPED, "$1")
    .normalize("NFC")
    .trim()
    .slice(0, MOST)
    .toWellFormed();
}

function economical(text: string): string {
  const plain = text.replace(/[“”„‘’–—…\u00A0\u202F\t]/gu, (character) => PLAIN[character] ?? character);
  return encodingOf(plain) === "GSM-7" ? plain : text;
}

/** Finds the longest beginning that fits, by halving: a longer beginning never takes fewer segments. */
function truncate(text: string, maxSegments: number, end: string): string {
  const ends = Array.from(new Intl.Segmenter().segment(text), ({ index }) => index);
  let fits = 0;
  let tooLong = ends.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (countSegments(elided(text.slice(0, ends[middle])) + end) <= maxSegments) fits = middle;
    else tooLong = middle;
  }
  return elided(text.slice(0, ends[fits])) + end;
}

/** `…` is not in GSM-7, and would make the whole message UCS-2. */
function elided(text: string): string {
  const kept = text.trimEnd();
  return `${kept}${encodingOf(kept) === "GSM-7" ? "..." : "…"}`;
}
