import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { Context } from "koa";
import type { Lane } from "../../channels/contract.ts";
import { type Admission, type Place, type Urgency, urgencyOf } from "../../node/admission.ts";
import { Problem } from "../http/errors.ts";
import { createSlowBodies } from "./slow-bodies.ts";

/** How long a refusal waits for the first bytes of the body, which may say that the send is critical; ms. */
const FIRST_BYTES = 100;
/** Slow bodies that are waited for, as each is held in memory: of all services, and of one. */
const MOST_SLOW = { all: 64, own: 16 };

/**
 * Refuses a call that takes sends in while there is no place left, before its key and body are looked at, unless it may be critical: those have
 * places of their own. It gets none yet: whoever waits until a key is looked up keeps none from others.
 * @throws Problem 503
 */
export async function requireRoom(ctx: Context, admission: Admission): Promise<void> {
  (await findPlace(ctx, admission, (urgency) => admission.enter(urgency))).leave();
}

/**
 * Gives a call that takes sends in its place among the work under way, as the service's that calls, whichever its key. One that has its share of
 * the places may still have some among the critical ones. No place is anybody's without being counted so, not even for a moment.
 * @throws Problem 503
 */
export async function takePlace(ctx: Context, serviceId: string, admission: Admission): Promise<Place> {
  return await findPlace(ctx, admission, (urgency) => {
    const place = admission.enter(urgency);
    if (place?.claim(serviceId) === true) return place;
    place?.leave();
    return null;
  });
}

/**
 * Holds a send whose lane is known by now to the places of its kind: it may only have looked critical.
 * @throws Problem 503
 */
export function keepToLane(place: Place, lane: Lane, admission: Admission): void {
  place.begin();
  if (urgencyOf(lane) === "other" && !place.change("other")) refuse(admission, "other");
}

/** Reads bodies of calls that take sends in. */
export type BodyReading = <T>(
  ctx: Context,
  call: { place: Place | null; serviceId: string },
  takeAgain: () => Promise<void>,
  read: () => Promise<T>,
) => Promise<T>;

/**
 * Has a body that comes slowly keep no place from others: the call leaves its place, and takes one anew once the body is there.
 * @throws Problem 503 where too many of its service's, or of all, come slowly, or no place is left by then
 */
export function createBodyReading(admission: Admission): BodyReading {
  const waitFor = createSlowBodies(MOST_SLOW);
  return async (ctx, call, takeAgain, read) => {
    let isSlow = false;
    const onSlow = (): void => {
      isSlow = true;
      call.place?.leave();
      call.place = null;
    };
    const refusal = (): Problem => refusalOf(admission, "other");
    const body = await waitFor(ctx, call.serviceId, { isThere: () => false, onSlow, refusal }, read);
    if (isSlow) await takeAgain();
    return body;
  };
}

/** A place of either kind, by `enter`. @throws Problem 503 */
async function findPlace(
  ctx: Context,
  admission: Admission,
  enter: (urgency: Urgency) => Place | null,
): Promise<Place> {
  const place = enter("other");
  if (place !== null) return place;
  if (!(await mayBeCritical(ctx.req))) refuse(admission, "other");
  return enter("critical") ?? refuse(admission, "critical");
}

function refuse(admission: Admission, urgency: Urgency): never {
  throw refusalOf(admission, urgency);
}

const refusalOf = (admission: Admission, urgency: Urgency): Problem =>
  new Problem("overloaded", "More comes in than can be worked off in time; nothing was taken in.", {
    headers: { "Retry-After": String(admission.refuse(urgency)) },
  });

/** Judges by the bytes that have come, and puts them back. What can't be judged by them may be critical. */
async function mayBeCritical(request: IncomingMessage): Promise<boolean> {
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") return true;
  if (request.readableEnded) return true;
  if (request.readableLength === 0) {
    const signal = AbortSignal.timeout(FIRST_BYTES);
    await once(request, "readable", { signal }).catch(() => undefined);
  }
  const bytes: Buffer | null = request.read();
  if (bytes === null) return true;
  request.unshift(bytes);
  const isWhole = bytes.length >= Number(request.headers["content-length"]);
  return !isWhole || bytes.includes('"critical"') || bytes.includes("\\u");
}
