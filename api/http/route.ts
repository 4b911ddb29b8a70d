import type { Readable } from "node:stream";
import type { Context } from "koa";
import type { z } from "zod";
import type { AuditEvent } from "../../store/audit/record.ts";
import type { Follower, ServiceIdentity } from "../../store/people/services.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import type { WallScreen } from "../../store/people/walls.ts";
import type { Place } from "../../node/admission.ts";
import type { Tag } from "../openapi/tags.ts";
import type { ProblemKind } from "./errors.ts";
import type { HeaderName } from "./headers.ts";

/** The kinds of caller, each with its identity as handlers get it. */
export interface Callers {
  anyone: null;
  /** A channel's provider: the channel's plugin checks the signature. */
  provider: null;
  /** An upstream service, by its key. */
  service: ServiceIdentity;
  /** The service that sent the notification or broadcast. */
  sender: ServiceIdentity;
  /** Somebody signed in. */
  person: SignedInPerson;
  /** The person whose notification it is. */
  recipient: SignedInPerson;
  /** Somebody who supervises the territory; the handler looks up which territories those are. */
  supervisor: SignedInPerson;
  auditor: SignedInPerson;
  admin: SignedInPerson;
  /** A notification's sender, its recipient, or a supervisor. Row-level security tells them from everybody else. */
  follower: Follower;
  /** A screen on a wall, by its own cookie: it reads its board, and nothing else. */
  wall: WallScreen;
}
export type CallerKind = keyof Callers;

/** An answer other than a problem: JSON, a text, either of the two, or no content. */
export interface Answer {
  body?: z.ZodType;
  /** The media type of the text. */
  text?: string;
  /** Headers that always come with it. */
  headers?: readonly HeaderName[];
  /** Headers that come with it in some cases. */
  mayHave?: readonly HeaderName[];
  /** Whether a session's cookie comes with it, which the handler sets on `ctx.cookies`. */
  cookie?: "always" | "sometimes";
}

/** One call, told once: router, OpenAPI document and role matrix are made of this value. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With parameters as `{id}`. */
  path: `/${string}`;
  /** The document's operationId. */
  id: string;
  tag: Tag;
  summary: string;
  caller: CallerKind;
  /** The path's parameters; a value that does not fit gets 404. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** In place of `body`: the media type of a text that is the body. */
  upload?: "text/calendar";
  /** No body at all counts as `{}`. */
  optionalBody?: true;
  /** Bytes that the body may hold, decompressed; 65,536 unless given. A service's call with a larger one is read as a bulk (`createBulkReader`). */
  maxBody?: number;
  /** Only within 10 minutes after the person showed the password or a code; `export`: where the answer is to be a file; `sometimes`: the handler says
   * when, by `requireFresh`. */
  confirmed?: "always" | "export" | "sometimes";
  /** Also for a session that is limited to setting up a second factor. */
  whileLimited?: true;
  /** It takes or sets a password: refused where people sign in at the OpenID provider alone. */
  byPassword?: true;
  /** Also for a page of another system that shows its person's inbox, by a subject token. */
  embedded?: true;
  /** A program makes the call by itself: it keeps no session alive. */
  background?: true;
  /** Its JSON may be compressed: it holds no secret, and nothing that came with the call (`compress`). */
  compressed?: true;
  /** It takes sends in: of more than the node can work off in time, the rest is refused before anything of it is looked at. */
  takesIn?: true;
  /** Its 404s name nothing that there is: of a key's in an hour the 1st, 10th, 100th … go on record, with how many there were. */
  tallied?: true;
  /** Refusals of a known caller go on record under this action. */
  refusals?: AuditEvent["action"];
  answers: Readonly<Record<number, Answer>>;
  /** Problems beside those that follow from caller, query and body (`problemsOf`). */
  problems?: readonly ProblemKind[];
}

/** Keeps a route's own type, by which its handler is checked. */
export const route = <const R extends Route>(value: R): R => value;

type Parsed<R extends Route, Part extends keyof Route, None> =
  R extends Readonly<Record<Part, infer Schema extends z.ZodType>> ? z.output<Schema> : None;

/** A request that has passed every check of its route. */
export interface Input<R extends Route> {
  caller: Callers[R["caller"]];
  params: Parsed<R, "params", null>;
  query: Parsed<R, "query", null>;
  headers: Parsed<R, "headers", null>;
  body: Parsed<R, "body", null>;
  /** The body as it was decoded, before the schema. */
  raw: unknown;
  /** The body, where it is a text. */
  upload: R extends { upload: string } ? string : null;
  /** Its place among the work under way, where it takes sends in. It is left with the answer unless the handler keeps it. */
  place: R extends { takesIn: true } ? Place : null;
  /** Leaves the caller's calls under way: from here on it only waits, which the handler bounds. */
  leave: () => void;
  ctx: Context;
}

type Content<A extends Answer> =
  | (A extends { body: infer Body extends z.ZodType } ? { body: z.output<Body>; text?: never } : never)
  | (A extends { text: string } ? { text: string | Readable; body?: never } : never)
  | (A extends { body: z.ZodType } | { text: string } ? never : { body?: never; text?: never });

type Names<A extends Answer, List extends "headers" | "mayHave"> =
  A extends Readonly<Record<List, readonly (infer Name extends HeaderName)[]>> ? Name : never;

type Headers<A extends Answer> = A extends { headers: readonly HeaderName[] }
  ? { headers: Record<Names<A, "headers">, string> & { [N in Names<A, "mayHave">]?: string | undefined } }
  : { headers?: { [N in Names<A, "mayHave">]?: string | undefined } };

/** One of the answers of a route. */
export type Reply<R extends Route> = {
  [Status in keyof R["answers"] & number]: { status: Status } & Content<R["answers"][Status]> &
    Headers<R["answers"][Status]>;
}[keyof R["answers"] & number];

/** Answers a call; any error becomes a problem document. */
export type Handler<R extends Route> = (input: Input<R>) => Promise<Reply<R>>;

/** A handler for each route of a resource. */
export type Handlers<Routes extends Record<string, Route>> = {
  [Name in keyof Routes]: Handler<Routes[Name]>;
};

const BODY = ["undecodable", "too-large", "encoding"] as const;

/** Every problem that a call may answer with, except faults of the program itself. */
export function problemsOf({
  method,
  caller,
  body,
  upload,
  confirmed,
  takesIn,
  embedded,
  whileLimited,
  byPassword,
  problems = [],
}: Route): Set<ProblemKind> {
  const kinds = new Set<ProblemKind>(["invalid", ...problems]);
  const add = (...more: readonly ProblemKind[]): void => more.forEach((kind) => kinds.add(kind));
  if (body !== undefined) add(...BODY, "not-json");
  if (upload !== undefined) add(...BODY, "not-calendar");
  if (confirmed !== undefined) add("sign-in-again");
  if (byPassword === true) add("forbidden", "unavailable");
  if (takesIn === true) add("overloaded");
  if (embedded === true) add("forbidden");
  switch (caller) {
    case "anyone":
    case "provider":
      if (body !== undefined) add("too-many");
      break;
    case "wall":
      add("unauthorized", "too-many", "unavailable");
      break;
    case "service":
    case "sender":
    case "follower":
      add("unauthorized", "too-many", "unavailable");
      if (caller === "follower") add("second-factor-needed");
      break;
    case "person":
    case "recipient":
      add("unauthorized", "too-many", "unavailable");
      if (whileLimited !== true) add("second-factor-needed");
      if (method !== "GET") add("forbidden");
      break;
    case "supervisor":
    case "auditor":
    case "admin":
      add("unauthorized", "forbidden", "second-factor-needed", "too-many", "unavailable");
  }
  return kinds;
}
