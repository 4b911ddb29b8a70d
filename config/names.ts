/** Says that a name is not known, and which of those that are was probably meant. */
export function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `is not known here${meant === null ? "" : `; did you mean \`${meant}\`?`}`;
}

/** The name that differs least, by a third of its letters at most; null where none is near. */
function nearest(name: string, known: readonly string[]): string | null {
  const given = plain(name);
  // A name of two letters is near to too many.
  const bearable = (candidate: string): number =>
    candidate.length < 3 ? 0 : Math.max(1, candidate.length / 3);
  const [best] = known
    // The lengths alone tell most apart, at no cost.
    .filter((candidate) => Math.abs(plain(candidate).length - given.length) <= bearable(candidate))
    .map((candidate) => ({ candidate, edits: editsBetween(given, plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= bearable(candidate))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate ?? null;
}

/** `userId`, `User-Id` and `user_id` are one; a name far longer than any field is cut. */
const plain = (name: string): string =>
  name
    .slice(0, 60)
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase();

/** How many letters have to be put in, taken out, replaced, or changed for their neighbour (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const edits = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits.push(at(before, j - 2) + 1);
      row.push(Math.min(...edits));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
