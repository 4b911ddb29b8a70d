import { analyze } from "../analyze.ts";
import { apart, type Message } from "../corpus/corpus.ts";
import { read, write } from "../names/model.ts";
import { noCauses, shownCauses } from "./causes.ts";
import { exampleOf, type Template } from "./examples.ts";
import { Random } from "./random.ts";
import { scoreOf, shown, sumOf, type Score } from "./score.ts";
import { isStyle, teachWithout } from "./teach.ts";

const SEED = 7;
/** How many models are averaged for a style: fewer than for the model that is kept, for the sake of time. */
const MODELS = 2;
/** How many messages are made of each template that is left out. */
const FILLS = 3;

/**
 * Prints for each style how a model that was trained on others reads it, the sum, and the causes of what is read
 * wrongly, the most frequent first; with `errors` also each message that it reads wrongly. With `folds`, that many models are trained, each without a share of the styles: less is
 * learned from, so figures are lower.
 */
export function leaveOneOut(
  all: readonly Template[],
  say: (line: string) => void,
  { errors, folds }: { errors: boolean; folds: number | undefined },
): void {
  const styles = [...new Set(all.map(({ style }) => style))].filter(isStyle);
  const groups = Array.from({ length: folds ?? styles.length }, (_, i, count = folds ?? styles.length) =>
    styles.filter((_, at) => at % count === i),
  );
  const scores: Score[] = [];
  const causes = noCauses();
  for (const { styles: left, model: taught } of teachWithout(all, groups, { models: MODELS })) {
    const model = read(write(taught));
    for (const style of left) {
      const random = new Random(SEED + styles.indexOf(style));
      const messages = all
        .filter((template) => template.style === style)
        .flatMap((one) => messagesOf(one, random));
      const score = scoreOf(
        messages,
        (text) => analyze(text, {}, [], model),
        errors ? say : () => undefined,
        causes,
      );
      scores.push(score);
      say(shown(style.replace("templates/", ""), score));
    }
  }
  say(shown("all", sumOf(scores)));
  shownCauses(causes).forEach(say);
}

function messagesOf(template: Template, random: Random): Message[] {
  return Array.from({ length: FILLS }, () => ({ file: template.style, ...exampleOf(template, random) }));
}

/** Prints how the model that is kept reads the messages that are kept apart. */
export function readApart(say: (line: string) => void, { errors }: { errors: boolean }): void {
  for (const folder of ["apart", "unseen"] as const) {
    const scores = [...Map.groupBy(apart(folder), ({ file }) => file.slice(0, -4))].map(
      ([style, messages]) => {
        const score = scoreOf(messages, (text) => analyze(text, {}), errors ? say : () => undefined);
        say(shown(style, score));
        return score;
      },
    );
    say(shown(`all of ${folder}`, sumOf(scores)));
  }
}
