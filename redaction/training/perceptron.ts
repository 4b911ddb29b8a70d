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
const MARGIN = { lost: 39, invented: 12, other: 4 };

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
  const add = (kind: "weights" | "steps", at: number, by: number): void => {
    model[kind][at] = (model[kind][at] ?? 0) + by;
    sums[kind][at] = (sums[kind][at] ?? 0) + by * time;
  };
  const order = examples.map((_, i) => i);
  for (let round = 0; round < rounds; round++) {
    for (const index of random.shuffle(order)) {
      const example = examples[index];
      if (example !== undefined) learn(example, model, add);
      time++;
    }
  }
  for (const kind of ["weights", "steps"] as const)
    for (let i = 0; i < model[kind].length; i++)
      model[kind][i] = (model[kind][i] ?? 0) - (sums[kind][i] ?? 0) / time;
  return model;
}

function learn(
  example: Example,
  model: Weights,
  add: (kind: "weights" | "steps", at: number, by: number) => void,
): void {
  const { gold, starts, places, joints } = example;
  const scores = scoresOf(example, model.weights);
  for (let i = 0; i < gold.length; i++)
    for (let label = 0; label < COUNT; label++)
      if (label !== gold[i]) {
        const by = label === 0 ? MARGIN.lost : gold[i] === 0 ? MARGIN.invented : MARGIN.other;
        scores[i * COUNT + label] = (scores[i * COUNT + label] ?? 0) + by;
      }
  const guess = decode(scores, joints, model.steps);
  for (let i = 0; i < gold.length; i++) {
    const [right, wrong] = [gold[i] ?? 0, guess[i] ?? 0];
    if (right !== wrong) {
      for (let k = starts[i] ?? 0; k < (starts[i + 1] ?? 0); k++) {
        add("weights", (places[k] ?? 0) * COUNT + right, 1);
        add("weights", (places[k] ?? 0) * COUNT + wrong, -1);
      }
    }
    if (i === 0) continue;
    const joint = (joints[i] ?? 0) * COUNT * COUNT;
    const [rightStep, wrongStep] = [(gold[i - 1] ?? 0) * COUNT + right, (guess[i - 1] ?? 0) * COUNT + wrong];
    if (rightStep !== wrongStep) {
      add("steps", joint + rightStep, 1);
      add("steps", joint + wrongStep, -1);
    }
  }
}
