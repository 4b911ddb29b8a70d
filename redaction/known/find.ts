import type { Kind } from "../kinds.ts";
import type { Skeleton } from "./skeleton.ts";

/** A known value and its kind. */
export interface Entry {
  kind: Kind;
  value: string;
}

/** Finds something known in a text, in its plain form and with letters for the digits that stand for them. */
export type Find = (texts: Texts, add: (start: number, end: number, kind: Kind) => void) => void;

/** A message in the forms in which it is searched. */
export interface Texts {
  text: string;
  plain: Skeleton;
  leet: Skeleton;
}
