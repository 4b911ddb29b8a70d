import { readFileSync } from "node:fs";
import { SIZE, STEPS, type Model } from "./tagger.ts";

/** The weight that one unit of the file's whole numbers stands for. */
const UNIT = 1 / 4;

/** The trained model: `npm run redaction:train` makes its file again, byte for byte. */
export const MODEL: Model = read(readFileSync(new URL("weights.bin", import.meta.url)));

/** A file holds the number of words known, their hashes, the weights of steps and those of features, one byte each. */
export function write({ weights, steps, vocabulary }: Model): Buffer {
  const hashes = [...vocabulary].sort((a, b) => a - b);
  const file = Buffer.alloc(4 + 4 * hashes.length + STEPS + SIZE);
  file.writeUInt32LE(hashes.length, 0);
  hashes.forEach((hash, i) => file.writeUInt32LE(hash, 4 + 4 * i));
  const at = 4 + 4 * hashes.length;
  const whole = (value: number | undefined): number =>
    Math.max(-127, Math.min(127, Math.round((value ?? 0) / UNIT)));
  for (let i = 0; i < STEPS; i++) file.writeInt8(whole(steps[i]), at + i);
  for (let i = 0; i < SIZE; i++) file.writeInt8(whole(weights[i]), at + STEPS + i);
  return file;
}

export function read(file: Buffer): Model {
  const count = file.readUInt32LE(0);
  const vocabulary = new Set(Array.from({ length: count }, (_, i) => file.readUInt32LE(4 + 4 * i)));
  const at = 4 + 4 * count;
  const bytes = new Int8Array(file.buffer.slice(file.byteOffset + at, file.byteOffset + file.length));
  return { vocabulary, steps: bytes.subarray(0, STEPS), weights: bytes.subarray(STEPS) };
}
