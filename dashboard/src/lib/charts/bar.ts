/** What a part of a bar is coloured by; words and numbers always say the same beside it. */
export type Shade = "good" | "accent" | "tint" | "grey" | "pale" | "warn" | "bad";

/** A part of a bar; its length is in the unit of the whole chart. */
export interface Part {
  name: string;
  value: number;
  shade: Shade;
}

/** One bar: its parts one after the other. */
export interface Bar {
  name: string;
  parts: Part[];
  /** Its numbers in words. */
  words: string;
}

export interface Placed extends Part {
  /** Where it begins and how long it is; per cent of the chart's length. */
  start: number;
  length: number;
}

/** Places the parts of a bar; those of no length are left out. @param most what the chart's whole length stands for */
export function place(parts: readonly Part[], most: number): Placed[] {
  const placed: Placed[] = [];
  let start = 0;
  for (const part of parts) {
    const length = most > 0 ? (100 * part.value) / most : 0;
    if (length > 0) placed.push({ ...part, start, length });
    start += length;
  }
  return placed;
}

export const sumOf = ({ parts }: Pick<Bar, "parts">): number =>
  parts.reduce((sum, { value }) => sum + value, 0);

/** What the whole length of a chart stands for: its longest bar. */
export const longest = (bars: readonly Bar[]): number => Math.max(0, ...bars.map(sumOf));

/** The parts that any of the bars has, each once, in their order: the chart's key. */
export const keyOf = (bars: readonly Bar[]): Pick<Part, "name" | "shade">[] => [
  ...new Map(
    bars.flatMap(({ parts }) =>
      parts.filter(({ value }) => value > 0).map(({ name, shade }) => [name, { name, shade }]),
    ),
  ).values(),
];
