import { Problem } from "../http/errors.ts";

/** 429: too much of it for now; Retry-After says until when. `first` once per key and window, for the record. */
export class Throttled extends Problem {
  readonly first: boolean;
  /** @param what is too much, in words; as a rule nobody is told */
  constructor(ms: number, first: boolean, what = "Slow down") {
    super("too-many", `${what}; try again after Retry-After seconds.`, {
      headers: { "Retry-After": String(Math.max(1, Math.ceil(ms / 1_000))) },
    });
    this.first = first;
  }
}
