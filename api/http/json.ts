import { strictFault } from "../../config/strict-json.ts";
import { undecodable } from "./errors.ts";
import { createMeasure } from "./json-measure.ts";

/**
 * Decodes a JSON body strictly: UTF-8 that is whole, no NUL, no lone surrogates, no key twice in an object, no
 * `__proto__`, at most 20 levels. A lenient parser would let through texts that are then stored or shown in another
 * form than they were sent.
 * @param maxValues how many values and keys it may hold: each costs far more memory than its bytes, and many alike
 * compress to next to nothing
 * @throws Problem 400; 422 for a list of more than 1,000 items
 */
export function decodeJson(body: Buffer, maxValues = Infinity): unknown {
  createMeasure(body, maxValues).upTo(body.length);
  return parse(body);
}

/** Parses what was measured: a body, or with `isPart` a part of one that is a value by itself. @throws Problem 400 */
export function parse(body: Buffer, isPart = false): unknown {
  const text = decodeUtf8(body, isPart);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw undecodable("The body is not valid JSON.");
  }
  const fault = strictFault(body);
  if (fault !== null) throw undecodable(fault);
  return value;
}

/** A body may begin with a byte order mark; a part of one may not. */
function decodeUtf8(body: Buffer, isPart: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: isPart }).decode(body);
  } catch {
    throw undecodable("The body is not valid UTF-8.");
  }
}
