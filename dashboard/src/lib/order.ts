/** A list with one of its items moved a place up or down. */
export function move<T>(items: readonly T[], from: number, by: -1 | 1): T[] {
  const moved = [...items];
  const [item] = moved.splice(from, 1);
  if (item !== undefined) moved.splice(from + by, 0, item);
  return moved;
}
