import type { Problem } from "./api.ts";

/** A call that was refused; asking again changes nothing. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  /** What is wrong, as Tocsin says it (RFC 9457). */
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    const errors = problem.errors?.map(({ path, message }) => ` ${path}: ${message}.`) ?? [];
    super(`${problem.title}: ${problem.detail}${errors.join("")}`);
    this.status = status;
    this.problem = problem;
  }
}

/** A call that had no answer in time. It may have been taken in: made again under the same key, it counts once. */
export class Unanswered extends Error {
  override readonly name = "Unanswered";
}

/** Changes or events between where a reader was and what there is are gone. */
export class Gap extends Error {
  override readonly name = "Gap";
  /** The last number that the reader had. */
  readonly after: number;

  constructor(after: number) {
    super(`what follows number ${after} is not kept any more: read what you need, then begin anew`);
    this.after = after;
  }
}

/** The session of an inbox has ended, or its person has no territory left. */
export class SignedOut extends Error {
  override readonly name = "SignedOut";
  /** The close code: 4401 or 4403. */
  readonly code: number;

  constructor(code: number) {
    super("the session has ended: sign in again");
    this.code = code;
  }
}
