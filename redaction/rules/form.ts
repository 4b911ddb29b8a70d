import { isAscii, type Signs } from "./signs.ts";

/** What each class of Unicode that rules name has of ASCII. */
const CLASSES: Record<string, string> = { L: "A-Za-z", Lu: "A-Z", Ll: "a-z", M: "", N: "0-9", Nd: "0-9" };

/**
 * A pattern that finds the same in texts of ASCII alone, without the classes of Unicode, which take the engine a hundred
 * times as long to prepare.
 * @throws Error for a class that CLASSES lacks
 */
export function forAscii({ source, flags }: RegExp): RegExp {
  let inside = false;
  const plain = source.replace(/\\p\{([^}]+)\}|\\.|[[\]]/g, (part, name?: string) => {
    if (part === "[") inside = true;
    if (part === "]") inside = false;
    if (name === undefined) return part;
    const chars = CLASSES[name];
    if (chars === undefined) throw new Error(`no ASCII for ${part}`);
    return inside ? chars : `[${chars}]`;
  });
  return new RegExp(plain, flags.replace("u", ""));
}

/** A pattern, and the one that serves for it in texts of ASCII alone, made once it is needed. */
export class Form {
  readonly #regex: RegExp;
  #plain: RegExp | undefined;

  constructor(regex: RegExp) {
    this.#regex = regex;
    if (!regex.unicode) this.#plain = regex;
  }

  for(signs: Signs): RegExp {
    return isAscii(signs) ? (this.#plain ??= forAscii(this.#regex)) : this.#regex;
  }
}
