import { normalize, original } from "../normalize.ts";
import { Features, featuresOf, rowsOf } from "./features.ts";
import { MODEL } from "./model.ts";
import { signalsOf } from "./signals.ts";
import { LABELS, weightOf, type Model } from "./tagger.ts";
import { TEMPLATES } from "./templates.ts";
import { tokenize } from "./tokens.ts";

/** One signal, and how much it spoke for a label against none: negative where it spoke against it. */
export interface Reason {
  signal: string;
  weight: number;
}

/** The model's reading of a word; offsets are in UTF-16 code units of the text. */
export interface Word {
  start: number;
  end: number;
  label: (typeof LABELS)[number];
  reasons: Reason[];
}

/** How many signals are told of a word. */
const MOST = 6;

/** The most words that are explained. */
const MOST_WORDS = 200;

/**
 * Explains why the words of the given stretches pass for a name, a place, a facility or none of these: the label that
 * each word's own signals speak for, and the signals that weigh most, those first. What rules found by a form or a
 * label, such as dates and numbers, has no words to explain.
 */
export function why(
  text: string,
  stretches: readonly { start: number; end: number }[],
  model: Model = MODEL,
): Word[] {
  const view = normalize(text);
  const tokens = tokenize(view.text);
  const rows = rowsOf(signalsOf(tokens, view.text, model.vocabulary));
  const words: Word[] = [];
  tokens.forEach((token, i) => {
    const place = original(view, token.start, token.end);
    if (
      words.length === MOST_WORDS ||
      !stretches.some(({ start, end }) => place.start < end && start < place.end)
    )
      return;
    const features = featuresOf(rows, i, new Features());
    const totals = LABELS.map((_, label) =>
      reasonsFor(features, label, model).reduce((sum, { weight }) => sum + weight, 0),
    );
    const best = totals.indexOf(Math.max(...totals));
    const told = reasonsFor(features, best === 0 ? 1 : best, model)
      .filter(({ weight }) => weight !== 0)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    words.push({ ...place, label: LABELS[best] ?? "none", reasons: told.slice(0, MOST) });
  });
  return words;
}

/** The weight of each kind of signal for a label, less that for none. */
function reasonsFor({ places, templates, count }: Features, label: number, { weights }: Model): Reason[] {
  const sums = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const place = places[i] ?? 0;
    const weight = weightOf(weights, place, label);
    const template = templates[i] ?? 0;
    sums.set(template, (sums.get(template) ?? 0) + weight);
  }
  return [...sums].map(([template, weight]) => ({ signal: TEMPLATES[template]?.[0] ?? "", weight }));
}
