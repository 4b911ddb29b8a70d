/** FNV-1a over UTF-16 units, with a last mix; never 0, which marks an empty slot of the lexicon. */
export function hashOf(word: string): number {
  return mixed(hashFrom(FIRST, word));
}

/** What a hash begins with. */
export const FIRST = 0x811c9dc5;

export function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** The hash of what `hash` is of, and `word` after it, before the last mix. */
export function hashFrom(hash: number, word: string): number {
  let out = hash;
  for (let i = 0; i < word.length; i++) out = step(out, word.charCodeAt(i));
  return out;
}

export function mixed(hash: number): number {
  const out = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (out ^ (out >>> 13)) >>> 0 || 1;
}
