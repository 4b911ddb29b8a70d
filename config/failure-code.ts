/** A system's or PostgreSQL's error code, also of an error that Objection wrapped; never text. */
export function codeOf(error: Error): string | undefined {
  const code: unknown =
    Reflect.get(error, "code") ?? Reflect.get(Object(Reflect.get(error, "nativeError")), "code");
  const isCode = typeof code === "string" && /^[A-Za-z0-9_]{1,40}$/.test(code);
  return isCode ? code : undefined;
}

/** The code of whatever was thrown; "failed" where it has none. */
export const failureCode = (error: unknown): string =>
  (error instanceof Error ? codeOf(error) : undefined) ?? "failed";
