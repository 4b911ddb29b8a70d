import { readFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { COUNT, SIZE, STEPS, type Model, type Weights } from "./tagger.ts";

/** The weight that one unit of the file's whole numbers stands for. */
const UNIT = 2;
/** The most units that a weight has: ten bits with a sign. */
const MOST = 511;

/** The trained model: `npm run redaction:train` makes its file again, byte for byte. */
export const MODEL: Model = read(readFileSync(new URL("weights.bin", import.meta.url)));

/**
 * A file holds the number of words known, their hashes, the weights of steps in two bytes each, and for each feature
 * those of the three labels against none in ten bits each; all of it compressed, as many features have none.
 */
export function write({ weights, steps, vocabulary }: Weights): Buffer {
  const hashes = [...vocabulary].sort((a, b) => a - b);
  const at = 4 + 4 * hashes.length;
  const features = SIZE / COUNT;
  const file = Buffer.alloc(at + 2 * STEPS + 4 * features);
  file.writeUInt32LE(hashes.length, 0);
  hashes.forEach((hash, i) => file.writeUInt32LE(hash, 4 + 4 * i));
  const whole = (value: number): number => Math.max(-MOST, Math.min(MOST, Math.round(value / UNIT)));
  steps.forEach((step, i) => file.writeInt16LE(whole(step), at + 2 * i));
  for (let i = 0; i < features; i++) {
    const against = (label: number): number =>
      whole((weights[i * COUNT + label] ?? 0) - (weights[i * COUNT] ?? 0)) & 1023;
    file.writeInt32LE(against(1) | (against(2) << 10) | (against(3) << 20), at + 2 * STEPS + 4 * i);
  }
  return brotliCompressSync(file);
}

export function read(packed: Buffer): Model {
  const file = brotliDecompressSync(packed);
  const count = file.readUInt32LE(0);
  const vocabulary = new Set<number>();
  for (let i = 0; i < count; i++) vocabulary.add(file.readUInt32LE(4 + 4 * i));
  const at = 4 + 4 * count;
  const steps = new Int16Array(STEPS);
  for (let i = 0; i < STEPS; i++) steps[i] = file.readInt16LE(at + 2 * i);
  const weights = new Int32Array(SIZE / COUNT);
  new Uint8Array(weights.buffer).set(file.subarray(at + 2 * STEPS));
  return { vocabulary, steps, weights };
}
