import { createHmac, timingSafeEqual } from "node:crypto";

/** Characters of a signature: SHA-1 in base64. */
const SIGNATURE = 28;
/** A message has some dozens. */
const MOST_PARAMETERS = 200;

/**
 * Checks X-Twilio-Signature (https://www.twilio.com/docs/usage/security): HMAC-SHA1, keyed with the auth token, of the
 * URL followed by each parameter's name and value, sorted by name; a name that repeats gives each different value once.
 * Twilio signs the URL with its port or without it, so either is taken. Compares in constant time.
 */
export function isSigned(
  authToken: string,
  signature: string | undefined,
  url: string,
  params: URLSearchParams,
): boolean {
  // Anybody may call: what is no signature at all, or has more parameters than Twilio sends, costs no HMAC.
  if (signature?.length !== SIGNATURE || params.size > MOST_PARAMETERS) return false;
  const given = Buffer.from(signature);
  const signed = written(params);
  let matches = false;
  for (const candidate of portVariants(url)) {
    const expected = Buffer.from(
      createHmac("sha1", authToken)
        .update(candidate + signed)
        .digest("base64"),
    );
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}

/** The parameters as they are signed, behind the URL. */
function written(params: URLSearchParams): string {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of params) values.set(name, (values.get(name) ?? new Set()).add(value));
  return [...values.keys()]
    .sort()
    .flatMap((name) => [...(values.get(name) ?? [])].sort().map((value) => name + value))
    .join("");
}

function portVariants(url: string): string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [url];
  const port = parsed.port === "" ? (parsed.protocol === "https:" ? "443" : "80") : parsed.port;
  const [origin, bare] = [`${parsed.protocol}//${parsed.hostname}`, `${parsed.pathname}${parsed.search}`];
  return [url, parsed.href, `${origin}:${port}${bare}`, `${origin}${bare}`];
}
