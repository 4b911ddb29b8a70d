import type { Skeleton } from "./skeleton.ts";

/** Finds what is known in a normalised text; what it found outranks every rule. */
export type Finder = (value: string, text: Texts, add: (start: number, end: number) => void) => void;

export interface Texts {
  text: string;
  plain: Skeleton;
  leet: Skeleton;
}
