import { invalid, undecodable } from "./errors.ts";

const MAX_DEPTH = 20;
/** No list of any call is longer. */
const MAX_ITEMS = 1_000;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
/** Opening brackets; the code of a closing one is two higher. */
const [BRACKET, BRACE] = [0x5b, 0x7b];

/** A part of a body; bytes, `end` excluded. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Counts levels, items, values and keys before a body is parsed, in one pass over the bytes: at most one follows each comma,
 * colon and opening bracket. The count of a body that is not JSON does not matter: the parser refuses it.
 */
export interface Measure {
  /** Goes on up to that byte. @throws Problem 400; 422 for a list of more than 1,000 items */
  upTo(end: number): void;
  /** The items so far of lists that are values of the outermost object, in their order; of a body that is not JSON they may be anything. */
  items: readonly Span[];
}

export function createMeasure(body: Buffer, maxValues: number): Measure {
  /** How many items each open list has; -Infinity for an object, of which none are counted. */
  const open: number[] = [];
  const items: Span[] = [];
  let [next, values, inString] = [0, 1, false];
  /** Where the item of a list in the outermost object begins. */
  let start = 0;

  const isInList = (): boolean => open.length === 2 && open[0] === -Infinity && open[1] !== -Infinity;
  const begin = (bracket: number, at: number): void => {
    if (open.push(bracket === BRACKET ? 1 : -Infinity) > MAX_DEPTH)
      throw undecodable(`The body is nested deeper than ${MAX_DEPTH} levels.`);
    if (isInList()) start = at + 1;
  };
  const endItem = (at: number): void => {
    if (!isInList()) return;
    items.push({ start, end: at });
    start = at + 1;
  };
  const countItem = (): void => {
    const counted = (open.pop() ?? -Infinity) + 1;
    open.push(counted);
    if (counted > MAX_ITEMS)
      throw invalid([{ path: "", message: `a list may hold ${MAX_ITEMS} items at most` }]);
  };

  return {
    items,
    upTo(end) {
      let at = next;
      for (; at < end; at++) {
        const byte = body[at];
        if (inString) {
          if (byte === BACKSLASH) at++;
          else if (byte === QUOTE) inString = false;
          continue;
        }
        if (byte === QUOTE) inString = true;
        else if (byte === BRACKET || byte === BRACE) {
          begin(byte, at);
          values++;
        } else if (byte === BRACKET + 2 || byte === BRACE + 2) {
          endItem(at);
          open.pop();
        } else if (byte === COMMA || byte === COLON) {
          values++;
          if (byte === COMMA) endItem(at);
          if (byte === COMMA) countItem();
        }
        if (values > maxValues) throw undecodable(`The body holds more than ${maxValues} values and keys.`);
      }
      next = at;
    },
  };
}
