import type { Skeleton } from "./skeleton.ts";

/** Whether the text from `i` to `j` is a word, or has signs between all of its letters: "A-d-a", but not "a da". */
export function writing({ text, at }: Skeleton): (i: number, j: number) => boolean {
  const apart = new Uint32Array(text.length + 1);
  const runs = new Uint32Array(text.length + 1);
  const joined = new Uint32Array(text.length + 1);
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const sign = !/[\p{L}\p{N}]/u.test(char);
    apart[i + 1] = (apart[i] ?? 0) + (sign && !/[$@!]/.test(char) ? 1 : 0);
    runs[i + 1] = (runs[i] ?? 0) + (sign && !inside ? 1 : 0);
    joined[i + 1] = (joined[i] ?? 0) + (char === "'" || char === "-" ? 1 : 0);
    inside = sign;
  }
  return (i, j) => {
    const count = (sums: Uint32Array): number => (sums[at[j - 1] ?? 0] ?? 0) - (sums[at[i] ?? 0] ?? 0);
    return count(apart) === 0 || count(runs) >= j - i - 1 || count(joined) > 0;
  };
}
