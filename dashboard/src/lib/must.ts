/**
 * The value, which can't be missing.
 *
 * @param name its name in the error
 * @throws Error when it is missing, which is a bug
 */
export function must<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`There is no ${name}.`);
  return value;
}
