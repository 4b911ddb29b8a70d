import { leaks } from "../corpus/corpus.ts";
import { analyze } from "../analyze.ts";
import { replace } from "../spans.ts";
import { exampleOf, type Template } from "./examples.ts";
import { Random } from "./random.ts";
import { teach } from "./teach.ts";

const SEED = 7;
/** How many models are averaged for a style: fewer than for the model that is kept, for the sake of time. */
const MODELS = 2;

interface Score {
  identifiers: number;
  lost: number;
  names: number;
  lostNames: number;
  clean: number;
  changed: number;
}

/**
 * Prints for each style how a model that was trained on all others reads it, and the sum; with `errors` also each
 * message that it reads wrongly.
 */
export function leaveOneOut(
  all: readonly Template[],
  say: (line: string) => void,
  { errors }: { errors: boolean },
): void {
  const sum: Score = { identifiers: 0, lost: 0, names: 0, lostNames: 0, clean: 0, changed: 0 };
  const styles = [...new Set(all.map(({ style }) => style))].filter((style) =>
    style.startsWith("templates/"),
  );
  for (const [i, style] of styles.entries()) {
    const others = all.filter((template) => template.style !== style);
    const model = teach(others, { models: MODELS });
    const score = scoreOf(
      all.filter((template) => template.style === style),
      (text) => analyze(text, {}, [], model),
      new Random(SEED + i),
      errors ? say : () => undefined,
    );
    for (const key of KEYS) sum[key] += score[key];
    say(`${style.replace("templates/", "").padEnd(14)} ${shown(score)}`);
  }
  say(`${"all".padEnd(14)} ${shown(sum)}`);
}

const KEYS = ["identifiers", "lost", "names", "lostNames", "clean", "changed"] as const;

function shown({ identifiers, lost, names, lostNames, clean, changed }: Score): string {
  const share = (bad: number, all: number): string => `${((1 - bad / all) * 100).toFixed(1)} %`.padStart(8);
  return `identifiers ${share(lost, identifiers)}   names ${share(lostNames, names)}   clean ${share(changed, clean)}`;
}

function scoreOf(
  templates: readonly Template[],
  spansOf: (text: string) => ReturnType<typeof analyze>,
  random: Random,
  say: (line: string) => void,
): Score {
  const score: Score = { identifiers: 0, lost: 0, names: 0, lostNames: 0, clean: 0, changed: 0 };
  for (const template of templates) {
    const { text, spans } = exampleOf(template, random);
    const found = spansOf(text);
    const lost = leaks({ file: template.style, text, spans }, found);
    if (lost.length > 0 || (spans.length === 0 && found.length > 0))
      say(`  ${JSON.stringify(text)} -> ${JSON.stringify(replace(text, found))}`);
    score.identifiers += spans.length;
    score.lost += lost.length;
    score.names += spans.filter(({ kind }) => kind === "name").length;
    score.lostNames += lost.filter(({ kind }) => kind === "name").length;
    if (spans.length > 0) continue;
    score.clean++;
    if (found.length > 0) score.changed++;
  }
  return score;
}
