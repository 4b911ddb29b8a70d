/** `value`, which is always there. @throws when it is not, which is a bug; `what` names it */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Error(`there is no ${what}`);
  return value;
}
