import type { Context, Next } from "koa";
import type { Logger } from "../../config/log.ts";
import { isUnavailable } from "../../store/db/knex.ts";
import type { HeaderName } from "./headers.ts";
import type { ProblemDocument } from "./problem-schema.ts";

/** One fault in a request: its place and a message. */
export interface Fault {
  path: string;
  message: string;
}

interface Kind {
  status: number;
  title: string;
  /** The end of its `type`, where that is not the kind's name. */
  slug?: string;
  /** Headers that always come with it. */
  headers?: readonly HeaderName[];
}

const RETRY = ["Retry-After"] as const;

/** Every kind of problem that the API answers with. Its `type` is stable: clients may rely on it. */
export const PROBLEMS = {
  undecodable: { status: 400, title: "The body can't be decoded" },
  unauthorized: { status: 401, title: "Not signed in", headers: ["WWW-Authenticate"] },
  "code-required": { status: 401, title: "Code required" },
  "passkey-required": { status: 401, title: "Passkey required" },
  "sign-in-code-wrong": { status: 401, title: "Wrong code", slug: "code-wrong" },
  forbidden: { status: 403, title: "Not allowed" },
  "sign-in-again": { status: 403, title: "Sign in again" },
  "second-factor-needed": { status: 403, title: "Second factor needed" },
  "not-found": { status: 404, title: "Not found" },
  "not-built": { status: 404, title: "No dashboard" },
  method: { status: 405, title: "Method not allowed", headers: ["Allow"] },
  conflict: { status: 409, title: "Conflict" },
  "in-flight": { status: 409, title: "Still at work", headers: RETRY },
  gone: { status: 410, title: "Gone" },
  "too-large": { status: 413, title: "Too large" },
  "not-json": { status: 415, title: "Not JSON" },
  "not-calendar": { status: 415, title: "Not a calendar" },
  encoding: { status: 415, title: "Unknown encoding" },
  invalid: { status: 422, title: "Invalid" },
  "idempotency-key-reused": { status: 422, title: "Key used before" },
  "code-wrong": { status: 422, title: "Wrong code" },
  "too-many": { status: 429, title: "Too many calls", headers: RETRY },
  internal: { status: 500, title: "Internal error" },
  plugin: { status: 500, title: "The channel's plugin failed" },
  overloaded: { status: 503, title: "Too much at once", headers: RETRY },
  unavailable: { status: 503, title: "Not available now", headers: RETRY },
} as const satisfies Record<string, Kind>;
export type ProblemKind = keyof typeof PROBLEMS;

const kindOf = (kind: ProblemKind): Kind => PROBLEMS[kind];

/** The `type` of the documents of a kind. */
export const typeOf = (kind: ProblemKind): string => `urn:tocsin:problem:${kindOf(kind).slug ?? kind}`;

/** The headers that always come with a kind. */
export const alwaysWith = (kind: ProblemKind): readonly HeaderName[] => kindOf(kind).headers ?? [];

/** An answer that is an RFC 9457 problem document. */
export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly slug: string;
  readonly faults: Fault[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    kind: ProblemKind,
    detail: string,
    { faults, headers = {} }: { faults?: Fault[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    const { status, slug = kind } = kindOf(kind);
    this.name = "Problem";
    this.kind = kind;
    this.status = status;
    this.slug = slug;
    this.faults = faults;
    this.headers = headers;
  }

  /** The document as it is sent. */
  toJSON(): ProblemDocument {
    return {
      type: typeOf(this.kind),
      title: PROBLEMS[this.kind].title,
      status: this.status,
      detail: this.message,
      ...(this.faults === undefined ? {} : { errors: this.faults }),
    };
  }
}

export const unauthorized = (detail: string): Problem =>
  new Problem("unauthorized", detail, { headers: { "WWW-Authenticate": "Bearer" } });
export const forbidden = (detail: string): Problem => new Problem("forbidden", detail);
export const atProviderAlone = (): Problem =>
  forbidden("People sign in at the organisation's provider alone.");
export const notFound = (): Problem => new Problem("not-found", "There is nothing here that you may see.");
export const conflict = (detail: string): Problem => new Problem("conflict", detail);
export const gone = (detail: string): Problem => new Problem("gone", detail);
export const inFlight = (): Problem =>
  new Problem("in-flight", "A call with this Idempotency-Key is still at work; try again.", {
    headers: { "Retry-After": "1" },
  });
export const tooLarge = (limit: number, what = "The body"): Problem =>
  new Problem("too-large", `${what} may hold ${limit} bytes at most, decompressed.`);
export const notJson = (): Problem => new Problem("not-json", "Send the body as application/json, in UTF-8.");
export const notCalendar = (): Problem =>
  new Problem("not-calendar", "Send the body as text/calendar, in UTF-8.");
export const undecodable = (detail: string): Problem => new Problem("undecodable", detail);
/** Faults that an answer names: a body may have one for every few of its bytes. */
export const MOST_FAULTS = 20;
/** Names the first faults of many. */
export const invalid = (faults: Fault[]): Problem =>
  new Problem("invalid", "Some fields are missing or wrong; see errors.", {
    faults: faults.slice(0, MOST_FAULTS),
  });
export const keyReused = (): Problem =>
  new Problem("idempotency-key-reused", "This Idempotency-Key came with another body before.");
export const unavailable = (detail: string): Problem =>
  new Problem("unavailable", detail, { headers: { "Retry-After": "2" } });

const internal = (): Problem =>
  new Problem("internal", "Something went wrong here; the log says more under this request's id.");

/** Turns every error into a problem document, and logs those of status 500 and above. */
export function problems(log: Logger) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw notFound();
      if (ctx.status === 405) throw new Problem("method", `Allowed: ${ctx.response.get("Allow")}`);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500 && problem.kind !== "overloaded")
        log.error(
          { err: error, requestId: ctx.response.get("X-Request-Id"), status: problem.status },
          "failed",
        );
      ctx.status = problem.status;
      ctx.set(problem.headers);
      ctx.body = JSON.stringify(problem);
      ctx.type = "application/problem+json";
    }
  };
}

/** Any error as a problem, which says no more than a client may know. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return unavailable("The database does not answer; try again soon.");
  return internal();
}
