/** The value, which can't be missing. @throws Error when it is: a bug, or a row that was removed meanwhile */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("a value is missing that can't be");
  return value;
}
