import { BITS, Features, featuresOf } from "./features.ts";
import type { Sentence } from "./signals.ts";

/** The kinds of thing that a token can be part of. */
export const LABELS = ["none", "name", "geo", "facility"] as const;
export const COUNT = LABELS.length;
export const SIZE = (1 << BITS) * COUNT;
export const STEPS = 8 * COUNT * COUNT;

/**
 * A trained model: a weight for each feature and label, and for each two labels in a row by the text between their
 * tokens.
 */
export interface Model {
  weights: Float64Array | Int8Array;
  steps: Float64Array | Int8Array;
  /** The hashes of the words that it knows. */
  vocabulary: ReadonlySet<number>;
}

/** The features of a message: those of token `i` from `starts[i]` to before `starts[i + 1]`. */
export interface Encoded {
  starts: Uint32Array;
  places: Uint32Array;
  joints: Uint8Array;
}

export function encode({ each, style, tail }: Sentence): Encoded {
  const starts = new Uint32Array(each.length + 1);
  let places = new Uint32Array(each.length * 64);
  const features = new Features();
  let count = 0;
  for (let i = 0; i < each.length; i++) {
    featuresOf(each, i, style, tail, features);
    if (count + features.count > places.length) places = larger(places);
    places.set(features.places.subarray(0, features.count), count);
    count += features.count;
    starts[i + 1] = count;
  }
  return { starts, places: places.slice(0, count), joints: jointsOf(each) };
}

function larger(places: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(2 * places.length + 256);
  out.set(places);
  return out;
}

/** How each token is joined to the one before. */
export function jointsOf(each: Sentence["each"]): Uint8Array {
  const joints = new Uint8Array(each.length);
  for (let i = 0; i < joints.length; i++) joints[i] = each[i]?.joint ?? 0;
  return joints;
}

/** The sum of the weights of each token's features, for each label. */
export function scoresOf({ starts, places }: Encoded, { weights }: Model): Float64Array {
  const count = starts.length - 1;
  const scores = new Float64Array(count * COUNT);
  for (let i = 0; i < count; i++) sum(places, starts[i] ?? 0, starts[i + 1] ?? 0, weights, scores, i * COUNT);
  return scores;
}

/** The same for a sentence, without keeping its features. */
export function scoresOfSentence({ each, style, tail }: Sentence, { weights }: Model): Float64Array {
  const scores = new Float64Array(each.length * COUNT);
  const features = new Features();
  for (let i = 0; i < each.length; i++) {
    featuresOf(each, i, style, tail, features);
    sum(features.places, 0, features.count, weights, scores, i * COUNT);
  }
  return scores;
}

/** Adds up the weights of the places from `start` to before `end`; the scores of the labels go to `at` and after. */
function sum(
  places: Uint32Array,
  start: number,
  end: number,
  weights: Model["weights"],
  scores: Float64Array,
  at: number,
): void {
  let none = 0;
  let name = 0;
  let geo = 0;
  let facility = 0;
  for (let k = start; k < end; k++) {
    const place = (places[k] ?? 0) * COUNT;
    none += weights[place] ?? 0;
    name += weights[place + 1] ?? 0;
    geo += weights[place + 2] ?? 0;
    facility += weights[place + 3] ?? 0;
  }
  scores[at] = none;
  scores[at + 1] = name;
  scores[at + 2] = geo;
  scores[at + 3] = facility;
}

/** The labels that score best together (Viterbi). */
export function decode(scores: Float64Array, joints: Uint8Array, { steps }: Model): Uint8Array {
  const count = joints.length;
  const from = new Uint8Array(count * COUNT);
  let now = new Float64Array(COUNT);
  let before = new Float64Array(COUNT);
  for (let i = 0; i < count; i++) {
    const joint = (joints[i] ?? 0) * COUNT * COUNT;
    for (let label = 0; label < COUNT; label++) {
      let top = -Infinity;
      let origin = 0;
      for (let last = 0; last < COUNT; last++) {
        const score = i === 0 ? 0 : (before[last] ?? 0) + (steps[joint + last * COUNT + label] ?? 0);
        if (score > top) {
          top = score;
          origin = last;
        }
      }
      now[label] = top + (scores[i * COUNT + label] ?? 0);
      from[i * COUNT + label] = origin;
    }
    [now, before] = [before, now];
  }
  const labels = new Uint8Array(count);
  let label = before.indexOf(Math.max(...before));
  for (let i = count - 1; i >= 0; i--) {
    labels[i] = label;
    label = from[i * COUNT + label] ?? 0;
  }
  return labels;
}
