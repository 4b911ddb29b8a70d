/** The GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1), less the escape. */
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
/** Its extension table (6.2.1.1): an escape and a character, two septets. */
const EXTENSION = new Set("\f^{}\\[~]|€");

/** Units in a message of one segment, and in each of several, where six bytes go to the header that joins them. */
const ROOM = { "GSM-7": { single: 160, joined: 153 }, "UCS-2": { single: 70, joined: 67 } } as const;

export type Encoding = keyof typeof ROOM;

/** GSM-7 where every character is in its tables, else UCS-2: one character can more than halve the room. */
export function encodingOf(text: string): Encoding {
  for (const character of text) if (!BASIC.has(character) && !EXTENSION.has(character)) return "UCS-2";
  return "GSM-7";
}

/**
 * How many segments a text is sent in and charged as. Neither an escaped character nor a surrogate pair is split, so
 * one that does not fit moves to the next segment whole.
 */
export function countSegments(text: string): number {
  const encoding = encodingOf(text);
  const { single, joined } = ROOM[encoding];
  const sizes = Array.from(text, (character) => {
    return encoding === "UCS-2" ? character.length : EXTENSION.has(character) ? 2 : 1;
  });
  if (sizes.reduce((sum, size) => sum + size, 0) <= single) return 1;
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > joined) {
      segments++;
      used = 0;
    }
    used += size;
  }
  return segments;
}
