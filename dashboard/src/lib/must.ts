/**
 * The value, where the code around it knows that there is one.
 *
 * @throws Error where that knowledge was wrong
 */
export function must<T>(value: T | null | undefined, name: string): T {
  if (value === null || value === undefined) throw new Error(`There is no ${name}.`);
  return value;
}
