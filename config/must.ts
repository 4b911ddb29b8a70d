/**
 * The value, which can't be missing.
 * @param name its name in the error: "territory of the sender"
 * @throws Error when it is missing: that is a bug, or a row was removed meanwhile
 */
export function must<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`there is no ${name}`);
  return value;
}
