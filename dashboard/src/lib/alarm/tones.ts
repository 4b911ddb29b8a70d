/** What is heard: one soft note for what is ordinary, three pairs of two notes for what is critical. */
export type Tone = "critical" | "ordinary";

interface Note {
  hertz: number;
  seconds: number;
  wave: OscillatorType;
  /** From 0 to 1. */
  gain: number;
}

const PAIR: Note[] = [
  { hertz: 880, seconds: 0.18, wave: "square", gain: 0.25 },
  { hertz: 660, seconds: 0.18, wave: "square", gain: 0.25 },
];

export const TONES: Record<Tone, Note[]> = {
  critical: [...PAIR, ...PAIR, ...PAIR],
  ordinary: [{ hertz: 520, seconds: 0.25, wave: "sine", gain: 0.15 }],
};
