import { undecodable } from "./errors.ts";

const MAX_DEPTH = 20;

/**
 * Decodes a JSON body strictly: UTF-8 that is whole, no NUL, no lone surrogates, no key twice in an object, no
 * `__proto__`, at most 20 levels. A lenient parser would let through texts that are then stored or shown in another
 * form than they were sent.
 * @throws Problem 400
 */
export function decodeJson(body: Buffer): unknown {
  const text = decodeUtf8(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw undecodable("The body is not valid JSON.");
  }
  checkStructure(text);
  return value;
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw undecodable("The body is not valid UTF-8.");
  }
}

/** Strings and punctuation of text that JSON.parse has accepted; numbers and words don't matter here. */
const TOKENS = /"(?:[^"\\]+|\\.)*"|[{}[\],]/g;

function checkStructure(text: string): void {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) throw undecodable(`The body is nested deeper than ${MAX_DEPTH} levels.`);
      expectKey = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      expectKey = false;
    } else if (token === ",") {
      expectKey = open.at(-1) instanceof Set;
    } else {
      const string: unknown = JSON.parse(token);
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
