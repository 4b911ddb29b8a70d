import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { Context } from "koa";
import type { Lane } from "../../channels/contract.ts";
import { type Admission, type Place, type Urgency, urgencyOf } from "../../node/admission.ts";
import { Problem } from "../http/errors.ts";

/** How long a refusal waits for the first bytes of the body, which may say that the send is critical; ms. */
const FIRST_BYTES = 100;

/**
 * Gives a call that takes sends in its place among the work under way. While there is none left, a call is refused before its key
 * and body are looked at, unless it may be critical: those have places of their own.
 * @throws Problem 503
 */
export async function takePlace(ctx: Context, admission: Admission): Promise<Place> {
  const place = admission.enter("other");
  if (place !== null) return place;
  if (!(await mayBeCritical(ctx.req))) refuse(admission, "other");
  return admission.enter("critical") ?? refuse(admission, "critical");
}

/**
 * Counts a place as that of the key that calls. One that has its share of the places may still have some among the critical ones.
 * @throws Problem 503
 */
export async function claimPlace(
  place: Place,
  keyId: string,
  request: IncomingMessage,
  admission: Admission,
): Promise<void> {
  if (place.claim(keyId)) return;
  if (!(await mayBeCritical(request))) refuse(admission, "other");
  if (!place.change("critical") || !place.claim(keyId)) refuse(admission, "critical");
}

/**
 * Holds a send whose lane is known by now to the places of its kind: it may only have looked critical.
 * @throws Problem 503
 */
export function keepToLane(place: Place, lane: Lane, admission: Admission): void {
  place.begin();
  if (urgencyOf(lane) === "other" && !place.change("other")) refuse(admission, "other");
}

function refuse(admission: Admission, urgency: Urgency): never {
  throw new Problem("overloaded", "More comes in than can be worked off in time; nothing was taken in.", {
    headers: { "Retry-After": String(admission.refuse(urgency)) },
  });
}

/** Judges by the bytes that have come, and puts them back. What can't be judged by them may be critical. */
async function mayBeCritical(request: IncomingMessage): Promise<boolean> {
  if ((request.headers["content-encoding"] ?? "identity") !== "identity") return true;
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
