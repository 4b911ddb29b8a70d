import { COUNT, decode, scoresOf, SIZE, STEPS, type Encoded, type Weights } from "../names/tagger.ts";

/** A message to learn from: its features, and the label that each token should get. */
export interface Example extends Encoded {
  gold: Uint8Array;
}

/**
 * How much a wrong label's score is raised while learning, so that right ones win by that much; more for a lost
 * identifier.
 */
const MARGIN = { lost: 200, invented: 72, other: 20 };

/** Whole numbers that are learned, and for each the sum of its changes, each times when it was made. */
class Learned {
  readonly values: Int32Array;
  readonly #changes: Float64Array;

  constructor(count: number) {
    this.values = new Int32Array(count);
    this.#changes = new Float64Array(count);
  }

  add(at: number, by: number, time: number): void {
    this.values[at] = (this.values[at] ?? 0) + by;
    this.#changes[at] = (this.#changes[at] ?? 0) + by * time;
  }

  /** The mean of what the values were at all times before `time`. */
  mean(time: number): Float64Array {
    return Float64Array.from(this.values, (value, i) => value - (this.#changes[i] ?? 0) / time);
  }
}

/**
 * An averaged structured perceptron (Collins, EMNLP 2002) with a margin. The same examples in the same order give the
 * same weights.
 */
export class Perceptron {
  readonly #weights = new Learned(SIZE);
  readonly #steps = new Learned(STEPS);
  #time = 1;

  learn({ gold, starts, places, joints }: Example): void {
    const guess = decode(
      withMargin(scoresOf({ starts, places, joints }, this.#weights.values), gold),
      joints,
      this.#steps.values,
    );
    const time = this.#time++;
    for (let i = 0; i < gold.length; i++) {
      const [right, wrong] = [gold[i] ?? 0, guess[i] ?? 0];
      if (right !== wrong) {
        const end = starts[i + 1] ?? 0;
        for (let k = starts[i] ?? 0; k < end; k++) {
          const at = (places[k] ?? 0) * COUNT;
          this.#weights.add(at + right, 1, time);
          this.#weights.add(at + wrong, -1, time);
        }
      }
      if (i === 0) continue;
      const joint = (joints[i] ?? 0) * COUNT * COUNT;
      const [rightStep, wrongStep] = [
        (gold[i - 1] ?? 0) * COUNT + right,
        (guess[i - 1] ?? 0) * COUNT + wrong,
      ];
      if (rightStep !== wrongStep) {
        this.#steps.add(joint + rightStep, 1, time);
        this.#steps.add(joint + wrongStep, -1, time);
      }
    }
  }

  /** The mean of the weights at all times so far. */
  weights(vocabulary: ReadonlySet<number>): Weights {
    return { weights: this.#weights.mean(this.#time), steps: this.#steps.mean(this.#time), vocabulary };
  }
}

function withMargin(scores: Float64Array, gold: Uint8Array): Float64Array {
  for (let i = 0; i < gold.length; i++)
    for (let label = 0; label < COUNT; label++)
      if (label !== gold[i]) {
        const by = label === 0 ? MARGIN.lost : gold[i] === 0 ? MARGIN.invented : MARGIN.other;
        scores[i * COUNT + label] = (scores[i * COUNT + label] ?? 0) + by;
      }
  return scores;
}
