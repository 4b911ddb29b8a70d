import { type Fault, invalid, tooLarge } from "../http/errors.ts";
import { OVERSIZED } from "../http/json-items.ts";
import { MAX_BODY } from "../middleware/body.ts";

/** Whether an item of a bulk is too large to be sent by itself. */
export function isTooLarge(item: unknown): boolean {
  if (item === OVERSIZED) return true;
  const text = JSON.stringify(item);
  return text.length > MAX_BODY || Buffer.byteLength(text) > MAX_BODY;
}

/** Refuses an item that is. @throws Problem 413 */
export function checkSize(item: unknown): void {
  if (isTooLarge(item)) throw tooLarge(MAX_BODY, "An item");
}

/** Refuses a text that is longer than messages may be here. @param most bytes in UTF-8 @throws Problem 422 */
export function checkLength(text: string, most: number, path = "/message"): void {
  if (text.length > most || Buffer.byteLength(text) > most)
    throw invalid([{ path, message: `may hold ${most} bytes at most` }]);
}

/** How far ahead a send may be planned; ms. */
const FARTHEST = 366 * 86_400_000;

/** Refuses times at which nothing can be sent. A repeat of a send that was taken in is none of this. @throws Problem 422 */
export function checkTimes({
  send_at = null,
  expires_at = null,
}: {
  send_at?: Date | null;
  expires_at?: Date | null;
}): void {
  const now = Date.now();
  const faults: Fault[] = [];
  if (send_at !== null && send_at.getTime() > now + FARTHEST)
    faults.push({ path: "/send_at", message: "may be a year ahead at most" });
  if (expires_at !== null && expires_at.getTime() <= now)
    faults.push({ path: "/expires_at", message: "lies in the past" });
  else if (expires_at !== null && send_at !== null && expires_at <= send_at)
    faults.push({ path: "/expires_at", message: "must come after send_at" });
  if (faults.length > 0) throw invalid(faults);
}
