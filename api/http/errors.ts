import type { Context, Next } from "koa";
import type { Logger } from "../../config/log.ts";
import { isUnavailable } from "../../store/db/knex.ts";

/** One fault in what was sent: where, and what is wrong there. */
export interface Fault {
  path: string;
  message: string;
}

/** An answer that is an RFC 9457 problem document; `slug` is stable, clients may rely on it. */
export class Problem extends Error {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
  readonly faults: Fault[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    slug: string,
    title: string,
    detail: string,
    more: { faults?: Fault[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.slug = slug;
    this.title = title;
    this.faults = more.faults;
    this.headers = more.headers ?? {};
  }

  /** The document as it is sent. */
  toJSON(): Record<string, unknown> {
    return {
      type: `urn:tocsin:problem:${this.slug}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(this.faults === undefined ? {} : { errors: this.faults }),
    };
  }
}

export const unauthorized = (detail: string): Problem =>
  new Problem(401, "unauthorized", "Not signed in", detail, { headers: { "WWW-Authenticate": "Bearer" } });
export const forbidden = (detail: string): Problem => new Problem(403, "forbidden", "Not allowed", detail);
export const notFound = (): Problem =>
  new Problem(404, "not-found", "Not found", "There is nothing here that you may see.");
export const conflict = (detail: string): Problem => new Problem(409, "conflict", "Conflict", detail);
export const gone = (detail: string): Problem => new Problem(410, "gone", "Gone", detail);
export const inFlight = (): Problem =>
  new Problem(
    409,
    "in-flight",
    "Still at work",
    "A call with this Idempotency-Key is still at work; try again.",
    {
      headers: { "Retry-After": "1" },
    },
  );
export const tooLarge = (limit: number): Problem =>
  new Problem(413, "too-large", "Too large", `The body may hold ${limit} bytes at most, decompressed.`);
export const notJson = (): Problem =>
  new Problem(415, "not-json", "Not JSON", "Send the body as application/json, in UTF-8.");
export const undecodable = (detail: string): Problem =>
  new Problem(400, "undecodable", "The body can't be decoded", detail);
export const invalid = (faults: Fault[]): Problem =>
  new Problem(422, "invalid", "Invalid", "Some fields are missing or wrong; see errors.", { faults });
export const keyReused = (): Problem =>
  new Problem(
    422,
    "idempotency-key-reused",
    "Key used before",
    "This Idempotency-Key came with another body before.",
  );
export const unavailable = (detail: string): Problem =>
  new Problem(503, "unavailable", "Not available now", detail, { headers: { "Retry-After": "2" } });

const internal = (): Problem =>
  new Problem(
    500,
    "internal",
    "Internal error",
    "Something went wrong here; the log has it under this request's id.",
  );

/** Turns whatever was thrown into a problem document; only what is not a Problem is worth a log line. */
export function problems(log: Logger) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined && ctx.respond !== false) throw notFound();
      if (ctx.status === 405)
        throw new Problem(405, "method", "Method not allowed", `Allowed: ${ctx.response.get("Allow")}`);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500)
        log.error({ err: error, requestId: ctx.state["requestId"], status: problem.status }, "failed");
      ctx.status = problem.status;
      ctx.set(problem.headers);
      ctx.body = JSON.stringify(problem);
      ctx.type = "application/problem+json";
    }
  };
}

/** Whatever was thrown, as a problem that says no more than a client may know. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error)) return unavailable("The database does not answer; try again soon.");
  return internal();
}
