import { LABELS, SIZE, STEPS, encode, type Weights } from "../names/tagger.ts";
import { hashOf, signalsOf } from "../names/signals.ts";
import { tokenize, type Token } from "../names/tokens.ts";
import { TITLES, CREDENTIALS } from "../names/vocabulary.ts";
import { exampleOf, joined, masked, recased, slipped, type Template } from "./examples.ts";
import type { Filled } from "./fill.ts";
import { Perceptron, type Example } from "./perceptron.ts";
import { Random } from "./random.ts";
import { varied } from "./vary.ts";

const SEED = 20_260_101;
const FILLS = 18;
const ROUNDS = 3;
/** How many models, each of other messages, are averaged: one alone owes too much to the order it learned in. */
const MODELS = 5;

/** How much is taught: messages made of each template, times each is read, models that are averaged. */
interface Effort {
  fills: number;
  rounds: number;
  models: number;
}

/**
 * Words that stand outside slots in this many templates at least, of more than one style, are known to the model by
 * themselves.
 */
const COMMON = 3;

/** Trains a model on templates: the mean of several that have each seen other messages. */
export function teach(
  templates: readonly Template[],
  { fills = FILLS, rounds = ROUNDS, models = MODELS }: Partial<Effort> = {},
): Weights {
  const vocabulary = vocabularyOf(templates);
  const mean = new Mean(vocabulary);
  for (let i = 0; i < models; i++)
    mean.add(
      train(lessons(templates, vocabulary, fills, SEED + i), vocabulary, rounds, new Random(SEED + i)),
    );
  return mean.model(models);
}

/** For each style that can be left out, a model that has learned from all messages but those of that style. */
export function* teachWithout(
  templates: readonly Template[],
  groups: readonly (readonly string[])[],
  { fills = FILLS, rounds = ROUNDS, models = MODELS }: Partial<Effort> = {},
): Generator<{ styles: readonly string[]; model: Weights }> {
  const vocabulary = vocabularyOf(templates);
  const courses = Array.from({ length: models }, (_, i) => lessons(templates, vocabulary, fills, SEED + i));
  for (const styles of groups) {
    const mean = new Mean(vocabulary);
    courses.forEach((course, i) => {
      const others = course.filter(({ style }) => !styles.includes(style));
      mean.add(train(others, vocabulary, rounds, new Random(SEED + i)));
    });
    yield { styles, model: mean.model(models) };
  }
}

/** Trains a model on examples, in another order each time that they are read. */
function train(
  examples: readonly Example[],
  vocabulary: ReadonlySet<number>,
  rounds: number,
  random: Random,
): Weights {
  const perceptron = new Perceptron();
  const order = examples.map((_, i) => i);
  for (let round = 0; round < rounds; round++)
    for (const index of random.shuffle(order)) {
      const example = examples[index];
      if (example !== undefined) perceptron.learn(example);
    }
  return perceptron.weights(vocabulary);
}

/** Sums models up, to answer their mean. */
class Mean {
  readonly #sum: { weights: Float64Array; steps: Float64Array; vocabulary: ReadonlySet<number> };

  constructor(vocabulary: ReadonlySet<number>) {
    this.#sum = { weights: new Float64Array(SIZE), steps: new Float64Array(STEPS), vocabulary };
  }

  add(model: Weights): void {
    for (const kind of ["weights", "steps"] as const)
      this.#sum[kind].forEach((sum, i) => (this.#sum[kind][i] = sum + (model[kind][i] ?? 0)));
  }

  model(count: number): Weights {
    const { weights, steps, vocabulary } = this.#sum;
    return { weights: weights.map((sum) => sum / count), steps: steps.map((sum) => sum / count), vocabulary };
  }
}

/** What a model learns from: messages of a template, and the style that they are in. */
interface Lesson extends Example {
  style: string;
}

/** Whether messages of the style are left out in turn; all others are always learned from. */
export const isStyle = (style: string): boolean => style.startsWith("templates/");

function lessons(
  templates: readonly Template[],
  vocabulary: ReadonlySet<number>,
  fills: number,
  seed: number,
): Lesson[] {
  const random = new Random(seed);
  const partners = new Map<string, Template[]>();
  for (const { style } of templates)
    if (!partners.has(style))
      partners.set(
        style,
        templates.filter((other) => other.style === style || !isStyle(other.style)),
      );
  const out: Lesson[] = [];
  for (let fill = 0; fill < fills; fill++)
    for (const template of templates) {
      const one = written(template, random);
      const partner = random.pick(partners.get(template.style) ?? [template]);
      const both = random.chance(0.2) ? joined(one, written(partner, random), random) : one;
      const seen = random.chance(0.25) ? masked(both, random) : both;
      out.push({
        ...learnable(slipped(recased(seen, random), random), vocabulary, random),
        style: template.style,
      });
    }
  return out;
}

const written = (template: Template, random: Random): Filled =>
  exampleOf({ ...template, parts: varied(template.parts, random) }, random);

function vocabularyOf(templates: readonly Template[]): Set<number> {
  const counts = new Map<string, number>();
  const styles = new Map<string, Set<string>>();
  for (const { style, parts } of templates) {
    const text = parts
      .filter(({ kind }) => kind === undefined)
      .map(({ pieces }) => pieces.map((piece) => ("text" in piece ? piece.text : "")).join(" "))
      .join(" ");
    for (const word of new Set(tokenize(text).map((token) => token.word))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      styles.set(word, (styles.get(word) ?? new Set()).add(style));
    }
  }
  const known = [...counts].filter(([word, count]) => count >= COMMON && (styles.get(word)?.size ?? 0) > 1);
  return new Set(known.map(([word]) => hashOf(word)));
}

/**
 * The features of a message and its right labels. For some words the lists' knowledge of them is left out, for some
 * the word itself, so that the model learns to go by the words around them.
 */
function learnable({ text, spans, slots }: Filled, vocabulary: ReadonlySet<number>, random: Random): Example {
  const tokens = tokenize(text);
  const sentence = signalsOf(tokens, text, vocabulary);
  const gold = Uint8Array.from(tokens, (token, i) => goldOf(token, spans, tokens[i - 1]));
  tokens.forEach((token, i) => {
    const signal = sentence.each[i];
    if (signal === undefined) return;
    const filled = slots.some(({ start, end }) => start <= token.start && token.end <= end);
    if (random.chance(filled || gold[i] !== 0 ? 0.6 : 0.15)) signal.id = 1;
    if (gold[i] !== 0 && random.chance(0.2)) {
      signal.names = 0;
      signal.bearers = 0;
    }
    if (gold[i] !== 0 && random.chance(0.2)) signal.places = 0;
    if (gold[i] === 0 && filled && random.chance(0.2)) signal.terms = 0;
    if (filled && signal.names === 0 && signal.common < 2 && random.chance(0.2)) signal.common = 0;
  });
  return { ...encode(sentence), gold };
}

/** Titles and letters after a name may stand, so they are no part of it. */
function goldOf(token: Token, spans: Filled["spans"], before: Token | undefined): number {
  const span = spans.find(({ start, end }) => start <= token.start && token.start < end);
  if (span === undefined) return 0;
  const label = LABELS.indexOf(
    span.kind === "name" || span.kind === "geo" || span.kind === "facility" ? span.kind : "none",
  );
  if (label !== 1) return label;
  const first = token.start === span.start || (before !== undefined && before.start === span.start);
  if (first && TITLES.has(token.word) && token.end < span.end) return 0;
  return CREDENTIALS.has(token.word) && token.start > span.start && token.caps && token.word.length > 1
    ? 0
    : label;
}
