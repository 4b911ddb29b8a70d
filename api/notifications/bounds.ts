import { invalid, tooLarge } from "../http/errors.ts";
import { MAX_BODY } from "../middleware/body.ts";

/** Refuses an item of a bulk that is too large to be sent by itself. @throws Problem 413 */
export function checkSize(item: unknown): void {
  const text = JSON.stringify(item);
  if (text.length > MAX_BODY || Buffer.byteLength(text) > MAX_BODY) throw tooLarge(MAX_BODY, "An item");
}

/** Refuses a text that is longer than messages may be here. @param most bytes in UTF-8 @throws Problem 422 */
export function checkLength(text: string, most: number, path = "/message"): void {
  if (text.length > most || Buffer.byteLength(text) > most)
    throw invalid([{ path, message: `may hold ${most} bytes at most` }]);
}
