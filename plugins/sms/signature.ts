import { createHmac, timingSafeEqual } from "node:crypto";

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
  if (signature === undefined) return false;
  const given = Buffer.from(signature);
  let matches = false;
  for (const candidate of portVariants(url)) {
    const expected = Buffer.from(sign(authToken, candidate, params));
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}

function sign(authToken: string, url: string, params: URLSearchParams): string {
  const names = [...new Set(params.keys())].sort();
  const pairs = names.flatMap((name) =>
    [...new Set(params.getAll(name))].sort().map((value) => name + value),
  );
  return createHmac("sha1", authToken)
    .update(url + pairs.join(""))
    .digest("base64");
}

function portVariants(url: string): string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [url];
  const port = parsed.port === "" ? (parsed.protocol === "https:" ? "443" : "80") : parsed.port;
  const [origin, bare] = [`${parsed.protocol}//${parsed.hostname}`, `${parsed.pathname}${parsed.search}`];
  return [url, parsed.href, `${origin}:${port}${bare}`, `${origin}${bare}`];
}
