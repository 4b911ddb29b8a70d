import { leaks, type Message } from "../corpus/corpus.ts";
import type { Candidate, Span } from "../kinds.ts";
import { replace } from "../spans.ts";
import { countCauses, noCauses, type Causes } from "./causes.ts";

/** How messages were read: their identifiers, of them names, those of them that were lost, the clean ones and the changed. */
export interface Score {
  identifiers: number;
  lost: number;
  names: number;
  lostNames: number;
  clean: number;
  changed: number;
}

/** Reads messages and counts what went wrong, and why; each message that did is said. */
export function scoreOf(
  messages: Iterable<Message>,
  spansOf: (text: string) => Candidate[],
  say: (line: string) => void,
  causes: Causes = noCauses(),
): Score {
  const score = sumOf([]);
  for (const message of messages) {
    const { text, spans } = message;
    const found = spansOf(text);
    const lost = leaks(message, found);
    countCauses(causes, message, found);
    const changed = spans.length === 0 && found.length > 0;
    if (lost.length > 0 || changed)
      say(`  ${JSON.stringify(text)} -> ${JSON.stringify(replace(text, found))}`);
    score.identifiers += spans.length;
    score.lost += lost.length;
    score.names += spans.filter(isName).length;
    score.lostNames += lost.filter(isName).length;
    if (spans.length === 0) score.clean++;
    if (changed) score.changed++;
  }
  return score;
}

const isName = ({ kind }: Span): boolean => kind === "name";

export function sumOf(scores: readonly Score[]): Score {
  const sum: Score = { identifiers: 0, lost: 0, names: 0, lostNames: 0, clean: 0, changed: 0 };
  for (const score of scores) for (const key of KEYS) sum[key] += score[key];
  return sum;
}

const KEYS = ["identifiers", "lost", "names", "lostNames", "clean", "changed"] as const;

/** One line: how many identifiers, and names, were removed, and how many clean messages are as they were. */
export function shown(name: string, { identifiers, lost, names, lostNames, clean, changed }: Score): string {
  const share = (bad: number, all: number): string => `${((1 - bad / all) * 100).toFixed(1)} %`.padStart(8);
  return `${name.padEnd(16)} identifiers ${share(lost, identifiers)}   names ${share(lostNames, names)}   clean ${share(changed, clean)}`;
}
