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
import { MAX_BODY, MAX_UNNAMED, readJson, readUpload, validate } from "../middleware/body.ts";
import { chargeOf, createBulkReader } from "../middleware/bulk.ts";
import { countDenials } from "../middleware/denials.ts";
import { recordRefusal } from "../middleware/refusals.ts";
import { type BodyReading, createBodyReading, requireRoom, takePlace } from "../middleware/overload.ts";
import type { Site } from "../middleware/person.ts";
import { createUnnamedBodies } from "../middleware/slow-bodies.ts";
import type { UnderWay } from "../middleware/under-way.ts";
import { compress } from "./compress.ts";
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
  leave: () => void;
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
  underWay: UnderWay;
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
  const readInPlace = createBodyReading(deps.admission);
  const readBulk = createBulkReader(deps);
  const unnamed = createUnnamedBodies();
  const readBody: ReadBody = (ctx, { maxBody, optionalBody }, caller) =>
    maxBody !== undefined && caller !== null && "keyId" in caller
      ? readBulk(ctx, caller, maxBody)
      : readJson(ctx, { optional: optionalBody === true, limit: caller === null ? MAX_UNNAMED : MAX_BODY });
  for (const [resource, routes] of Object.entries(resources)) {
    for (const [name, route] of Object.entries(routes)) {
      const handle = must(handlers[resource]?.[name], `handler ${resource}.${name}`);
      const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
      router.register(
        path,
        [route.method],
        [(ctx: Context) => answer(ctx, { ...deps, readBody, readInPlace, unnamed }, route, handle)],
      );
    }
  }
  return router;
}

type AnswerDeps = RouterDeps & {
  readBody: ReadBody;
  readInPlace: BodyReading;
  unnamed: ReturnType<typeof createUnnamedBodies>;
};

/**
 * Answers one call. The checks stand in the order in which their refusals come: 503 of a node that is offered too much, 401, 413,
 * 415, 400, 422, then the handler's.
 */
async function answer(ctx: Context, deps: AnswerDeps, route: Route, handle: AnyHandler): Promise<void> {
  const call: Call = { place: null, serviceId: "", left: Promise.withResolvers() };
  if (route.takesIn === true) await requireRoom(ctx, deps.admission);
  try {
    if (route.byPassword === true && deps.oidc?.only === true) throw atProviderAlone();
    const shown = credentialOf(ctx, route, deps.site);
    const work = inLine(ctx, deps, route, shown, call, () => admitAndAnswer(ctx, deps, route, handle, call));
    // Probes say themselves which part is down.
    await (route.path.startsWith("/api/") ? deps.whileAnswering(work) : work);
  } finally {
    call.place?.leave();
  }
}

/** What a call holds of the node's. */
interface Call {
  /** Its place among the sends under way. */
  place: Place | null;
  /** Whose place it is; empty until that is known. */
  serviceId: string;
  /** Its place among the caller's calls is left early where it only waits. */
  left: PromiseWithResolvers<void>;
}

/** Has a call wait for its turn among its caller's. What takes sends in has places of its own, and so has what nobody in particular calls. */
const inLine = (
  ctx: Context,
  { underWay }: AnswerDeps,
  { takesIn }: Route,
  whose: string | null,
  { left }: Call,
  work: () => Promise<void>,
): Promise<void> =>
  takesIn === true || whose === null ? work() : underWay.inLine(ctx, whose, left.promise, work);

/** What a caller shows to say who they are: before anything is looked up, their calls are counted by it. */
function credentialOf(
  ctx: Context,
  { caller, embedded }: Route,
  site: { cookie: string; wall: Pick<Site["wall"], "cookie"> },
): string | null {
  const [key, session] = [ctx.get("Authorization"), ctx.cookies.get(site.cookie) ?? ""];
  switch (caller) {
    case "anyone":
    case "provider":
      return null;
    case "service":
    case "sender":
      return `shown ${key}`;
    case "follower":
      return `shown ${key || session}`;
    case "wall":
      return `shown ${ctx.cookies.get(site.wall.cookie) ?? ""}`;
    default:
      return `shown ${(embedded === true && key) || session}`;
  }
}

async function admitAndAnswer(
  ctx: Context,
  deps: AnswerDeps,
  route: Route,
  handle: AnyHandler,
  call: Call,
): Promise<void> {
  const caller = await admit(ctx, deps, route);
  const work = async (): Promise<void> => {
    await requireConfirmed(ctx, deps.knex, route, caller);
    const answering = (): Promise<void> => answerCaller(ctx, deps, route, handle, { caller, call });
    if (caller === null) return await deps.unnamed(ctx, answering);
    // A person may have several sessions, and write a key in several ways.
    await inLine(ctx, deps, route, partyOf(caller), call, answering);
  };
  const counts = caller !== null && "sessionId" in caller && route.caller !== "recipient";
  await (counts ? countDenials(deps, caller.userId, work) : work());
}

async function answerCaller(
  ctx: Context,
  deps: AnswerDeps,
  route: Route,
  handle: AnyHandler,
  { caller, call }: { caller: AnyInput["caller"]; call: Call },
): Promise<void> {
  try {
    const takePlaceOf = async (): Promise<void> => {
      if (caller === null || !("keyId" in caller)) throw new Error("only services send");
      call.serviceId = caller.serviceId;
      call.place = await takePlace(ctx, call.serviceId, deps.admission);
    };
    const read = async (): Promise<unknown> =>
      route.body === undefined ? null : await deps.readBody(ctx, route, caller);
    const leave = (): void => call.left.resolve();
    if (route.takesIn === true) await takePlaceOf();
    const raw = route.takesIn === true ? await deps.readInPlace(ctx, call, takePlaceOf, read) : await read();
    const upload = route.upload === undefined ? null : await readUpload(ctx, route.upload, route.maxBody);
    const { place } = call;
    send(ctx, route, await handle({ ...check(ctx, route, raw), raw, upload, caller, place, leave, ctx }));
    if (route.compressed === true) await compress(ctx);
  } catch (error) {
    await noteRefusal(ctx, deps, route, caller, error);
    // What this node could not take in counts for nothing: else the next, critical, would find the rate used up.
    const isLate = route.takesIn === true && toProblem(error).status === 503;
    if (isLate && caller !== null && "keyId" in caller) await giveBack(ctx, deps.limits, caller.keyId);
    throw error;
  }
}

/** Puts the refusal of a known caller on record, where the route says so; of those that are tallied the 1st, 10th, 100th …, with their number. */
async function noteRefusal(
  ctx: Context,
  { knex, limits }: AnswerDeps,
  { refusals, tallied }: Route,
  caller: AnyInput["caller"],
  error: unknown,
): Promise<void> {
  if (refusals === undefined) return;
  const id: string = ctx["params"]["id"] ?? "";
  const objectId = isUuid(id) ? id : null;
  const isTallied =
    tallied === true && caller !== null && "keyId" in caller && toProblem(error).status === 404;
  if (!isTallied) return await recordRefusal(knex, actorOf(caller), refusals, error, { objectId });
  const misses = await limits.misses(caller.keyId);
  if (Number.isInteger(Math.log10(misses)))
    await recordRefusal(knex, actorOf(caller), refusals, error, { objectId, said: { misses } });
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
): Omit<AnyInput, "caller" | "place" | "leave" | "ctx" | "raw" | "upload"> {
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

/** Whose call it is, however they show it. */
function partyOf(caller: AnyInput["caller"]): string | null {
  if (caller === null) return null;
  if ("followerKey" in caller && caller.followerKey !== null) return `key ${caller.followerKey}`;
  return "keyId" in caller ? `key ${caller.keyId}` : actorOf(caller);
}

function actorOf(caller: Callers[keyof Callers]): Actor | null {
  if (caller === null) return null;
  if ("actor" in caller) return caller.actor;
  return "serviceId" in caller ? `service:${caller.serviceId}` : `user:${caller.userId}`;
}
