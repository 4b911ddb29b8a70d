import { COUNT, decode, scoresOf, SIZE, STEPS, type Encoded, type Weights } from "../names/tagger.ts";
import type { Random } from "./random.ts";

/** A message to learn from: its features, and the label that each token should get. */
export interface Example extends Encoded {
  gold: Uint8Array;
}

/**
 * How much a wrong label's score is raised while learning, so that right ones win by that much; more for a lost
 * identifier.
 */
const MARGIN = { lost: 200, invented: 72, other: 20 };

/** Weights while they are learned, or sums of them. */
type Learned = Pick<Weights, "weights" | "steps">;

/**
 * An averaged structured perceptron (Collins, EMNLP 2002) with a margin. The same examples and seed give the same
 * weights.
 */
export function train(
  examples: readonly Example[],
  vocabulary: ReadonlySet<number>,
  rounds: number,
  random: Random,
): Weights {
  const model = { weights: new Float64Array(SIZE), steps: new Float64Array(STEPS), vocabulary };
  const sums = { weights: new Float64Array(SIZE), steps: new Float64Array(STEPS) };
  let time = 1;
  const order = examples.map((_, i) => i);
  for (let round = 0; round < rounds; round++) {
    for (const index of random.shuffle(order)) {
      const example = examples[index];
      if (example !== undefined) learn(example, model, sums, time);
      time++;
    }
  }
  for (const kind of ["weights", "steps"] as const)
    for (let i = 0; i < model[kind].length; i++)
      model[kind][i] = (model[kind][i] ?? 0) - (sums[kind][i] ?? 0) / time;
  return model;
}

function learn({ gold, starts, places, joints }: Example, model: Learned, sums: Learned, time: number): void {
  const { weights, steps } = model;
  const scores = scoresOf({ starts, places, joints }, weights);
  for (let i = 0; i < gold.length; i++)
    for (let label = 0; label < COUNT; label++)
      if (label !== gold[i]) {
        const by = label === 0 ? MARGIN.lost : gold[i] === 0 ? MARGIN.invented : MARGIN.other;
        scores[i * COUNT + label] = (scores[i * COUNT + label] ?? 0) + by;
      }
  const guess = decode(scores, joints, steps);
  for (let i = 0; i < gold.length; i++) {
    const [right, wrong] = [gold[i] ?? 0, guess[i] ?? 0];
    if (right !== wrong) {
      const end = starts[i + 1] ?? 0;
      for (let k = starts[i] ?? 0; k < end; k++) {
        const at = (places[k] ?? 0) * COUNT;
        add(weights, sums.weights, at + right, 1, time);
        add(weights, sums.weights, at + wrong, -1, time);
      }
    }
    if (i === 0) continue;
    const joint = (joints[i] ?? 0) * COUNT * COUNT;
    const [rightStep, wrongStep] = [(gold[i - 1] ?? 0) * COUNT + right, (guess[i - 1] ?? 0) * COUNT + wrong];
    if (rightStep !== wrongStep) {
      add(steps, sums.steps, joint + rightStep, 1, time);
      add(steps, sums.steps, joint + wrongStep, -1, time);
    }
  }
}

function add(values: Float64Array, sums: Float64Array, at: number, by: number, time: number): void {
  values[at] = (values[at] ?? 0) + by;
  sums[at] = (sums[at] ?? 0) + by * time;
}
