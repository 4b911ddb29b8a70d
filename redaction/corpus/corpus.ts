import { readdirSync, readFileSync } from "node:fs";
import { isKind, type Span } from "../kinds.ts";

/** A message written for this project, in which everything that identifies somebody is marked. */
export interface Message {
  file: string;
  text: string;
  spans: Span[];
}

/** All messages of this folder, which the model is trained with too. */
export function corpus(): Message[] {
  return messagesOf(new URL(".", import.meta.url));
}

/** The messages of each class of error, which nothing is trained with. */
export function classes(): Map<string, Message[]> {
  return Map.groupBy(messagesOf(new URL("classes/", import.meta.url)), ({ file }) => file.slice(0, -4));
}

/**
 * Messages of styles that are in nothing else: nothing is made or trained with them. Those of `apart/` were written first
 * and have been read since; those of `unseen/` later, before anything was looked at that they could show.
 */
export function apart(folder: "apart" | "unseen"): Message[] {
  return messagesOf(new URL(`${folder}/`, import.meta.url));
}

/** One message a line, identifiers as `{kind:value}`. Everybody and everything in them is made up. */
function messagesOf(folder: URL): Message[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));
  return files.flatMap((file) =>
    readFileSync(new URL(file, folder), "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => ({ file, ...parse(line) })),
  );
}

function parse(line: string): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let text = "";
  let at = 0;
  for (const match of line.matchAll(/\{(\w+):([^}]*)\}/g)) {
    const [whole, kind = "", value = ""] = match;
    if (!isKind(kind)) throw new Error(`unknown kind ${kind} in: ${line}`);
    text += line.slice(at, match.index);
    spans.push({ start: text.length, end: text.length + value.length, kind });
    text += value;
    at = match.index + whole.length;
  }
  return { text: text + line.slice(at), spans };
}

/** Words that may stay although they are inside a marked span: titles, a state, a year, "the". */
const HARMLESS =
  /^(?:dr|mr|mrs|ms|miss|missus|mister|prof|doctor|herrn?|frau|mme|mlle|sra?|señora?|don|doña|dhr|mevr|mevrouw|schwester|md|rn|nurse|rabbi|tech|the|of|of|baby|boy|girl|ct|oh|md|pa|ny|ca|ia|new|york|(?:19|20)\d\d|age|mac|serial|udi|tag)$/i;

/** The marked spans of which some letter or digit is left. */
export function leaks(message: Message, spans: readonly Span[]): Span[] {
  return message.spans.filter((gold) =>
    [...message.text.slice(gold.start, gold.end).matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu)].some((run) => {
      const start = gold.start + run.index;
      const end = start + run[0].length;
      return !HARMLESS.test(run[0]) && !spans.some((span) => span.start <= start && end <= span.end);
    }),
  );
}
