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
/** Marks that reorder the text around them, and control characters. */
const MISLEADING = /[\u202A-\u202E\u2066-\u2069]|[\p{Cc}--[\t\n]]/gv;

/**
 * The text that the phone shows: the title on a line of its own, then the message. One of more than `maxSegments` is cut
 * after the last whole grapheme that fits, and ends in an ellipsis.
 */
export function bodyOf({ title, text, priority }: Deliverable["message"], maxSegments: number): string {
  const lines = [title ?? "", text].map(tidy).filter((part) => part !== "");
  const whole = economical(`${priority === "critical" ? "CRITICAL: " : ""}${lines.join("\n")}`);
  return countSegments(whole) <= maxSegments ? whole : truncate(whole, maxSegments);
}

function tidy(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replace(MISLEADING, "")
    .normalize("NFC")
    .trim();
}

function economical(text: string): string {
  const plain = text.replace(/[“”„‘’–—…\u00A0\u202F\t]/gu, (character) => PLAIN[character] ?? character);
  return encodingOf(plain) === "GSM-7" ? plain : text;
}

/** Finds the longest beginning that fits, by halving: a longer beginning never takes fewer segments. */
function truncate(text: string, maxSegments: number): string {
  const ends = Array.from(new Intl.Segmenter().segment(text), ({ index }) => index);
  let fits = 0;
  let tooLong = ends.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (countSegments(elided(text.slice(0, ends[middle]))) <= maxSegments) fits = middle;
    else tooLong = middle;
  }
  return elided(text.slice(0, ends[fits]));
}

/** `…` is not in GSM-7, and would make the whole message UCS-2. */
function elided(text: string): string {
  const kept = text.trimEnd();
  return `${kept}${encodingOf(kept) === "GSM-7" ? "..." : "…"}`;
}
