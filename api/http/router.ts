import type { Readable } from "node:stream";
import type { Context } from "koa";
import Router from "koa-router";
import { z } from "zod";
import type { OidcSettings } from "../../config/oidc.ts";
import { must } from "../../config/must.ts";
import type { Admission, Place } from "../../node/admission.ts";
import type { Actor } from "../../store/db/knex.ts";
import { admit, type Gatekeeping } from "../middleware/admit.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { requireConfirmed } from "../middleware/confirmed.ts";
import { readJson, readUpload, validate } from "../middleware/body.ts";
import { chargeOf, createBulkReader } from "../middleware/bulk.ts";
import { recordRefusal } from "../middleware/refusals.ts";
import { claimPlace, takePlace } from "../middleware/overload.ts";
import { atProviderAlone, notFound, toProblem } from "./errors.ts";
import type { WhileAnswering } from "./outage.ts";
import { isUuid } from "../../config/ids.ts";
import type { Callers, Handlers, Route } from "./route.ts";

/** A request and an answer of any route, as the router handles them. */
interface AnyInput {
  place: Place | null;
  caller: Callers[keyof Callers];
  params: unknown;
  query: unknown;
  headers: unknown;
  body: unknown;
  raw: unknown;
  upload: string | null;
  ctx: Context;
}
interface AnyReply {
  status: number;
  body?: unknown;
  text?: string | Readable;
  headers?: Record<string, string | undefined>;
}
/** Reads and decodes the body of a call. */
type ReadBody = (ctx: Context, route: Route, caller: AnyInput["caller"]) => Promise<unknown>;
type AnyHandler = (input: AnyInput) => Promise<AnyReply>;

interface RouterDeps extends Gatekeeping {
  admission: Admission;
  whileAnswering: WhileAnswering;
  /** Null where there is no OpenID provider. */
  oidc: Pick<OidcSettings, "only"> | null;
}

type Resources = Record<string, Record<string, Route>>;

/** Makes a router of resources: each one's routes, and handlers of the same names. */
export function toRouter<All extends Resources>(
  deps: RouterDeps,
  resources: All,
  handlers: { [Name in keyof All]: Handlers<All[Name]> },
): Router;
export function toRouter(
  deps: RouterDeps,
  resources: Resources,
  handlers: Record<string, Record<string, AnyHandler>>,
): Router {
  const router = new Router({ sensitive: true, strict: true });
  const readBulk = createBulkReader(deps);
  const readBody: ReadBody = (ctx, { maxBody, optionalBody }, caller) =>
    maxBody !== undefined && caller !== null && "keyId" in caller
      ? readBulk(ctx, caller, maxBody)
      : readJson(ctx, { optional: optionalBody === true });
  for (const [resource, routes] of Object.entries(resources)) {
    for (const [name, route] of Object.entries(routes)) {
      const handle = must(handlers[resource]?.[name], `handler ${resource}.${name}`);
      const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
      router.register(
        path,
        [route.method],
        [(ctx: Context) => answer(ctx, { ...deps, readBody }, route, handle)],
      );
    }
  }
  return router;
}

type AnswerDeps = RouterDeps & { readBody: ReadBody };

/**
 * Answers one call. The checks stand in the order in which their refusals come: 503 of a node that is offered too much, 401, 413,
 * 415, 400, 422, then the handler's.
 */
async function answer(ctx: Context, deps: AnswerDeps, route: Route, handle: AnyHandler): Promise<void> {
  const place = route.takesIn === true ? await takePlace(ctx, deps.admission) : null;
  try {
    if (route.byPassword === true && deps.oidc?.only === true) throw atProviderAlone();
    const work = admitAndAnswer(ctx, deps, route, handle, place);
    // Probes say themselves which part is down.
    await (route.path.startsWith("/api/") ? deps.whileAnswering(work) : work);
  } finally {
    place?.leave();
  }
}

async function admitAndAnswer(
  ctx: Context,
  deps: AnswerDeps,
  route: Route,
  handle: AnyHandler,
  place: Place | null,
): Promise<void> {
  const caller = await admit(ctx, deps, route);
  requireConfirmed(ctx, route, caller);
  await answerCaller(ctx, deps, route, handle, { caller, place });
}

async function answerCaller(
  ctx: Context,
  deps: AnswerDeps,
  route: Route,
  handle: AnyHandler,
  { caller, place }: Pick<AnyInput, "caller" | "place">,
): Promise<void> {
  try {
    if (place !== null && caller !== null && "keyId" in caller)
      await claimPlace(place, caller.keyId, ctx.req, deps.admission);
    const raw = route.body === undefined ? null : await deps.readBody(ctx, route, caller);
    const upload = route.upload === undefined ? null : await readUpload(ctx, route.upload, route.maxBody);
    send(ctx, route, await handle({ ...check(ctx, route, raw), raw, upload, caller, place, ctx }));
  } catch (error) {
    if (route.refusals !== undefined) {
      const id: string = ctx["params"]["id"] ?? "";
      await recordRefusal(deps.knex, actorOf(caller), route.refusals, error, isUuid(id) ? id : null);
    }
    // What this node could not take in counts for nothing: else the next, critical, would find the rate used up.
    const isLate = place !== null && toProblem(error).status === 503;
    if (isLate && caller !== null && "keyId" in caller) await giveBack(ctx, deps.limits, caller.keyId);
    throw error;
  }
}

async function giveBack(ctx: Context, { sends, items }: RateLimits, keyId: string): Promise<void> {
  await sends.giveBack(keyId);
  const charge = chargeOf(ctx);
  if (charge > 0) await items.giveBack(keyId, charge);
}

/** Checks the request, whose body was decoded. @throws Problem */
function check(
  ctx: Context,
  route: Route,
  raw: unknown,
): Omit<AnyInput, "caller" | "place" | "ctx" | "raw" | "upload"> {
  const { body, query, headers, params } = route;
  const parsed = {
    body: body === undefined ? null : validate(body, raw),
    query: query === undefined ? checkNone(ctx, route) : validate(query, { ...ctx.query }),
    headers: headers === undefined ? null : validate(headers, headersOf(ctx, Object.keys(headers.shape))),
  };
  const place = params?.safeParse(ctx["params"]);
  if (place?.success === false) throw notFound();
  return { ...parsed, params: place?.data ?? null };
}

const None = z.strictObject({});

/** A call of the API that takes no query has none. Probes and providers may put into their URLs whatever they like. */
function checkNone(ctx: Context, { path, caller }: Route): null {
  if (path.startsWith("/api/") && caller !== "provider") validate(None, { ...ctx.query });
  return null;
}

/** An empty header counts as none. */
const headersOf = (ctx: Context, names: string[]): Record<string, string | undefined> =>
  Object.fromEntries(names.map((name) => [name, ctx.get(name) || undefined]));

function send(ctx: Context, { answers }: Route, { status, body, text, headers = {} }: AnyReply): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) ctx.set(name, value);
  ctx.body = text ?? body ?? null;
  ctx.status = status;
  if (text !== undefined) ctx.type = `${answers[status]?.text}; charset=utf-8`;
}

function actorOf(caller: Callers[keyof Callers]): Actor | null {
  if (caller === null) return null;
  if ("actor" in caller) return caller.actor;
  return "serviceId" in caller ? `service:${caller.serviceId}` : `user:${caller.userId}`;
}
