import { undecodable } from "./errors.ts";
import { BACKSLASH, BRACE, BRACKET, COMMA, createMeasure, QUOTE } from "./json-measure.ts";

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
  checkStructure(body);
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

/** The place of the quotation mark that ends the string which begins at `start`; the body's end where there is none. */
function endOfString(body: Buffer, start: number): number {
  for (let at = body.indexOf(QUOTE, start + 1); at >= 0; at = body.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (body[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return body.length;
}

/** Looks at keys and strings of a body that JSON.parse has accepted; numbers and words don't matter here. */
function checkStructure(body: Buffer): void {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === BRACKET || byte === BRACE) {
      open.push(byte === BRACE ? new Set() : null);
      expectKey = byte === BRACE;
    } else if (byte === BRACKET + 2 || byte === BRACE + 2) {
      open.pop();
      expectKey = false;
    } else if (byte === COMMA) {
      expectKey = open.at(-1) instanceof Set;
    } else if (byte === QUOTE) {
      const end = endOfString(body, at);
      const string: unknown = JSON.parse(body.toString("utf8", at, end + 1));
      at = end;
      if (typeof string !== "string") continue;
      checkString(string);
      if (expectKey) checkKey(string, open.at(-1));
      expectKey = false;
    }
  }
}

function checkString(string: string): void {
  if (string.includes("\u0000")) throw undecodable("A string holds the NUL character (\\u0000).");
  if (!string.isWellFormed()) throw undecodable("A string holds half of a surrogate pair.");
}

function checkKey(key: string, keys: Set<string> | null | undefined): void {
  if (key === "__proto__") throw undecodable("The key __proto__ is not allowed.");
  if (keys?.has(key) === true) throw undecodable("An object holds the same key twice.");
  keys?.add(key);
}
