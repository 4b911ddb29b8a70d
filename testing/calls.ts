import type { Knex } from "knex";
import type { z } from "zod";
import { actAs } from "../store/db/knex.ts";
import { openSession } from "../store/people/sessions.ts";
import type { Tokens } from "../store/crypto/tokens.ts";
import type { SessionLimits } from "../config/limits.ts";
import type { TestPerson, TestService } from "./nouns.ts";

/** Who makes a call: a signed-in person, or a service with its key. */
export type Caller = { person: string } | { key: string };

/** A person, signed in without a password, or a service. */
export const as = (who: Pick<TestPerson, "id"> | Pick<TestService, "key">): Caller =>
  "key" in who ? { key: who.key } : { person: who.id };

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Null for an empty one. */
  body: unknown;
  /** The body as `schema` has it. @throws Error with the answer when it does not fit */
  read<T extends z.ZodType>(schema: T): z.output<T>;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Headers to send. */
type Sent = Record<string, string>;
type Bare = (path: string, by?: Caller, headers?: Sent) => Promise<Answer>;
type Full = (path: string, body?: unknown, by?: Caller, headers?: Sent) => Promise<Answer>;

/** Calls of a server; they are nobody's unless `by` says who makes them. A body is sent as JSON, a string as it is. */
export interface Calls {
  call(method: Method, path: string, body?: unknown, by?: Caller, headers?: Sent): Promise<Answer>;
  get: Bare;
  post: Full;
  put: Full;
  patch: Full;
  delete: Bare;
  /** Makes something by POST. @throws Error with the answer unless it is 201 and fits `schema` */
  make<T extends z.ZodType>(schema: T, path: string, body: unknown, by?: Caller): Promise<z.output<T>>;
  /** Headers that a caller's browser or client sends along: cookie and Origin, or key. */
  headersOf(by: Caller | undefined): Promise<Sent>;
}

async function fetchAnswer(url: string, method: Method, body: unknown, headers: Sent): Promise<Answer> {
  const init: RequestInit = { method, redirect: "manual", headers };
  if (body !== undefined) {
    init.body = typeof body === "string" ? body : JSON.stringify(body);
    init.headers = { "Content-Type": "application/json", ...headers };
  }
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get("content-type") ?? "");
  const answer: unknown = isJson ? JSON.parse(text) : text === "" ? null : text;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: answer,
    read: (schema) => {
      const { data, success } = schema.safeParse(answer);
      if (!success) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
      return data;
    },
  };
}

/** Calls to the server at `url`. A person's session is opened in the database at their first call. */
export function createCalls(server: {
  url: string;
  knex: Knex;
  cookie: string;
  tokens: Tokens;
  sessions: SessionLimits;
}): Calls {
  const cookies = new Map<string, Promise<string>>();
  const signIn = async (person: string): Promise<string> => {
    const token = server.tokens.make();
    await actAs(server.knex, "sign-in", (trx) => openSession(trx, person, token, server.sessions));
    return `${server.cookie}=${token}`;
  };
  const headersOf = async (by: Caller | undefined): Promise<Sent> => {
    if (by === undefined) return {};
    if ("key" in by) return { Authorization: `Bearer ${by.key}` };
    const cookie = cookies.get(by.person) ?? signIn(by.person);
    cookies.set(by.person, cookie);
    return { Cookie: await cookie, Origin: server.url };
  };
  const call: Calls["call"] = async (method, path, body, by, headers = {}) =>
    fetchAnswer(server.url + path, method, body, { ...(await headersOf(by)), ...headers });
  const bare =
    (method: Method): Bare =>
    (path, by, headers) =>
      call(method, path, undefined, by, headers);
  const full =
    (method: Method): Full =>
    (path, ...rest) =>
      call(method, path, ...rest);
  return {
    call,
    headersOf,
    make: async (schema, path, body, by) => {
      const answer = await call("POST", path, body, by);
      if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
      return answer.read(schema);
    },
    get: bare("GET"),
    delete: bare("DELETE"),
    post: full("POST"),
    put: full("PUT"),
    patch: full("PATCH"),
  };
}
