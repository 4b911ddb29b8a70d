/**
 * A message as the rules read it: NFKC, invisible characters gone, quotes, dashes, spaces and digits in their ASCII
 * form, look-alike letters inside Latin words made Latin. `starts` and `ends` lead back to the original.
 */
export interface View {
  text: string;
  /** Offset in the original where the unit at this index begins; null when nothing changed. */
  starts: Uint32Array | null;
  ends: Uint32Array | null;
}

const PLAIN = /^[\t\n\r\x20-\x7e]*$/;
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u;
const CLUSTER = /[^][\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]*/gu;
/** Latin letters and digits with marks that no letter carries (struck through, "Zalgo"). */
const STRUCK = /^[\p{Script=Latin}\p{N}]\p{M}/u;
const FORMS: Record<string, string> = {
  "«": '"',
  "»": '"',
  "•": "*",
  "⁄": "/",
  "∕": "/",
  "÷": "/",
  "。": ".",
  "∶": ":",
};
export const LOOKALIKES: Record<string, string> = pairs(
  "аaвbсcеeнhіiјjкkӏlмmоoрpѕsтtуyхxԁdԛqԝwАAВBСCЕEНHІIЈJКKМMОOРPЅSТTУYХXԌGԚQԜW" +
    "αaβbεeιiκkνvοoρpτtυuχxΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXɑaɡgɩiոnսuօoհhցg",
);

/** Reads `source` into its plain form. Time is linear in its length. */
export function normalize(source: string): View {
  if (PLAIN.test(source)) return { text: source, starts: null, ends: null };
  const starts: number[] = [];
  const ends: number[] = [];
  const parts: string[] = [];
  for (const { 0: cluster, index } of source.matchAll(CLUSTER)) {
    const plain = plainForm(cluster);
    for (let i = 0; i < plain.length; i++) {
      starts.push(index);
      ends.push(index + cluster.length);
    }
    parts.push(plain);
  }
  return { text: latinise(parts.join("")), starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) };
}

/** The original offsets of the stretch from `start` to `end` of the view. */
export function original(view: View, start: number, end: number): { start: number; end: number } {
  return { start: view.starts?.[start] ?? start, end: view.ends?.[end - 1] ?? end };
}

function plainForm(cluster: string): string {
  if (cluster.length === 1 && cluster >= " " && cluster <= "~") return cluster;
  let out = "";
  for (const char of cluster.normalize("NFKC")) {
    if (char === "\n" || char === "\t" || char === "\r") out += char;
    else if (INVISIBLE.test(char)) continue;
    else if (/[\p{Zs}\u2028\u2029\u0085]/u.test(char)) out += " ";
    else if (/\p{Pd}|\u2212/u.test(char)) out += "-";
    else if (/[‘’‚‛′`´ʼʹ＇]/u.test(char)) out += "'";
    else if (/[“”„‟″]/u.test(char)) out += '"';
    else if (/\p{Nd}/u.test(char)) out += digit(char);
    else out += FORMS[char] ?? char;
  }
  return STRUCK.test(out) ? out.replace(/\p{M}+/gu, "") : out;
}

/** Decimal digits of every script come in runs of ten from their zero. */
function digit(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return char;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

/** Replaces look-alike letters in words that also hold Latin ones; each is one unit, so no offset moves. */
function latinise(text: string): string {
  if (!/[\u0370-\u052f\u0531-\u058f\u0251-\u0269]/.test(text)) return text;
  return text.replace(/[\p{L}\p{N}]+/gu, (word) =>
    /[A-Za-z]/.test(word) ? word.replace(/[\u0251-\u058f]/g, (char) => LOOKALIKES[char] ?? char) : word,
  );
}

function pairs(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (let i = 0; i + 1 < text.length; i += 2) out[text.charAt(i)] = text.charAt(i + 1);
  return out;
}
