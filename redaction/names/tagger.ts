import { BITS, Features, featuresOf, rowsOf } from "./features.ts";
import type { Sentence } from "./signals.ts";

/** The kinds of thing that a token can be part of. */
export const LABELS = ["none", "name", "geo", "facility"] as const;
export const COUNT = LABELS.length;
export const SIZE = (1 << BITS) * COUNT;
export const STEPS = 8 * COUNT * COUNT;

/**
 * A weight for each feature and label, and for each two labels in a row by the text between their tokens, as they are
 * learned.
 */
export interface Weights {
  weights: Float64Array;
  steps: Float64Array;
  /** The hashes of the words that it knows. */
  vocabulary: ReadonlySet<number>;
}

/**
 * The same as they are used: how much a feature speaks for a name, a place and a facility against none lies in one
 * number, ten bits each, the name's lowest.
 */
export interface Model {
  weights: Int32Array;
  steps: Int16Array;
  vocabulary: ReadonlySet<number>;
}

/** How much a feature speaks for a label against none. */
export function weightOf(weights: Int32Array, place: number, label: number): number {
  return label === 0 ? 0 : ((weights[place] ?? 0) << (32 - 10 * label)) >> 22;
}

/** The features of a message: those of token `i` from `starts[i]` to before `starts[i + 1]`. */
export interface Encoded {
  starts: Uint32Array;
  places: Uint32Array;
  joints: Uint8Array;
}

export function encode(sentence: Sentence): Encoded {
  const { each } = sentence;
  const rows = rowsOf(sentence);
  const starts = new Uint32Array(each.length + 1);
  let places = new Uint32Array(each.length * 64);
  const features = new Features();
  let count = 0;
  for (let i = 0; i < each.length; i++) {
    featuresOf(rows, i, features);
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

/** The sum of the weights of each token's features, for each label, while they are learned. */
export function scoresOf({ starts, places }: Encoded, weights: Int32Array): Float64Array {
  const scores = new Float64Array((starts.length - 1) * COUNT);
  for (let i = 0; i + 1 < starts.length; i++) {
    let none = 0;
    let name = 0;
    let geo = 0;
    let facility = 0;
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
export function decode(scores: Float64Array, joints: Uint8Array, steps: Int32Array | Int16Array): Uint8Array {
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
