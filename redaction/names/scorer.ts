import { Features, featuresOf, isSame, rowsOf, type Rows } from "./features.ts";
import type { Sentence } from "./signals.ts";
import { COUNT, type Model } from "./tagger.ts";

/** How many tokens of the text that was read before are looked at for one of this text. */
const AHEAD = 8;

const features = new Features();

/**
 * Weighs the tokens of a message, which is read again once some of it is redacted: what stands as it stood before is not
 * weighed twice. To be used for one message.
 */
export class Scorer {
  readonly #weights: Int32Array;
  #rows: Rows | undefined;
  #scores = new Float64Array();

  constructor({ weights }: Model) {
    this.#weights = weights;
  }

  /** The sum of the weights of each token's features, for each label. */
  scoresOf(sentence: Sentence): Float64Array {
    const rows = rowsOf(sentence);
    const scores = new Float64Array(rows.letters.length * COUNT);
    let next = 0;
    for (let i = 0; i < rows.letters.length; i++) {
      const before = this.#find(rows, i, next);
      if (before < 0) this.#weigh(rows, i, scores);
      else {
        for (let label = 1; label < COUNT; label++)
          scores[i * COUNT + label] = this.#scores[before * COUNT + label] ?? 0;
        next = before + 1;
      }
    }
    this.#rows = rows;
    this.#scores = scores;
    return scores;
  }

  /** The first token from `from` on of the text read before that stands as `i` of this one does; -1 where none near does. */
  #find(rows: Rows, i: number, from: number): number {
    const before = this.#rows;
    if (before === undefined) return -1;
    const end = Math.min(from + AHEAD, before.letters.length);
    for (let at = from; at < end; at++) if (isSame(rows, i, before, at)) return at;
    return -1;
  }

  #weigh(rows: Rows, i: number, scores: Float64Array): void {
    const { places, count } = featuresOf(rows, i, features);
    let [name, geo, facility] = [0, 0, 0];
    for (let k = 0; k < count; k++) {
      const three = this.#weights[places[k] ?? 0] ?? 0;
      name += (three << 22) >> 22;
      geo += (three << 12) >> 22;
      facility += (three << 2) >> 22;
    }
    const at = i * COUNT;
    scores[at + 1] = name;
    scores[at + 2] = geo;
    scores[at + 3] = facility;
  }
}
