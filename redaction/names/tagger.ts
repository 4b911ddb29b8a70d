import { BITS, featuresOf, type Features } from "./features.ts";
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
  const places: number[] = [];
  const features: Features = { places: [], templates: [] };
  for (let i = 0; i < each.length; i++) {
    featuresOf(each, i, style, tail, features);
    for (const place of features.places) places.push(place);
    starts[i + 1] = places.length;
  }
  return { starts, places: Uint32Array.from(places), joints: Uint8Array.from(each, ({ joint }) => joint) };
}

/** The sum of the weights of each token's features, for each label. */
export function scoresOf({ starts, places }: Encoded, { weights }: Model): Float64Array {
  const count = starts.length - 1;
  const scores = new Float64Array(count * COUNT);
  for (let i = 0; i < count; i++) {
    let [none, name, geo, facility] = [0, 0, 0, 0];
    const end = starts[i + 1] ?? 0;
    for (let k = starts[i] ?? 0; k < end; k++) {
      const at = (places[k] ?? 0) * COUNT;
      none += weights[at] ?? 0;
      name += weights[at + 1] ?? 0;
      geo += weights[at + 2] ?? 0;
      facility += weights[at + 3] ?? 0;
    }
    scores.set([none, name, geo, facility], i * COUNT);
  }
  return scores;
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
