const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/**
 * What a strict reader refuses of a text that `JSON.parse` has accepted: NUL, half of a surrogate pair, `__proto__`, a key twice in an object. A
 * lenient one would take such a text for another than its writer meant, or than the next reader sees.
 * @param text in UTF-8
 * @returns the fault as a sentence that quotes nothing of the text; null where there is none
 */
export function strictFault(text: Buffer): string | null {
  /** Keys seen in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === BRACKET || byte === BRACE) {
      open.push(byte === BRACE ? new Set() : null);
      expectKey = byte === BRACE;
    } else if (byte === BRACKET + 2 || byte === BRACE + 2) {
      open.pop();
      expectKey = false;
    } else if (byte === COMMA) {
      expectKey = open.at(-1) instanceof Set;
    } else if (byte === QUOTE) {
      const end = endOfString(text, at);
      const string: unknown = JSON.parse(text.toString("utf8", at, end + 1));
      at = end;
      if (typeof string !== "string") continue;
      const fault = faultOf(string) ?? (expectKey ? faultOfKey(string, open.at(-1)) : null);
      if (fault !== null) return fault;
      expectKey = false;
    }
  }
  return null;
}

/** The place of the quotation mark that ends the string which begins at `start`; the text's end where there is none. */
function endOfString(text: Buffer, start: number): number {
  for (let at = text.indexOf(QUOTE, start + 1); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

function faultOf(string: string): string | null {
  if (string.includes("\u0000")) return "A string holds the NUL character (\\u0000).";
  return string.isWellFormed() ? null : "A string holds half of a surrogate pair.";
}

function faultOfKey(key: string, keys: Set<string> | null | undefined): string | null {
  if (key === "__proto__") return "The key __proto__ is not allowed.";
  if (keys?.has(key) === true) return "An object holds the same key twice.";
  keys?.add(key);
  return null;
}
