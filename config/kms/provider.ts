/** Opens master keys that a key service has wrapped; the service keeps the key that can. */
export interface KeyProvider {
  /** What it is called in messages. */
  name: string;
  /** @throws KeyProviderError */
  unwrap(wrapped: string, id: string): Promise<Buffer>;
}

/** A key service did not open a key; the message says why, and holds nothing of the key. */
export class KeyProviderError extends Error {}

/** How long a key service may take; ms. */
export const PATIENCE = 10_000;

/** The service's address, which must be https: but on this machine. @throws KeyProviderError */
export function addressOf(text: string, variable: string): URL {
  const url = URL.parse(text);
  const local = url !== null && /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && local)))
    throw new KeyProviderError(`${variable}: must be an https: address, but on this machine`);
  return url;
}

/** The JSON that a service answers. @throws KeyProviderError with its status, or that it does not answer */
export async function answerOf(answering: Promise<Response>, name: string): Promise<unknown> {
  const response = await answering.catch((cause: unknown) => {
    throw new KeyProviderError(`${name} does not answer`, { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new KeyProviderError(
    `${name} refuses (${response.status}): see that this node may decrypt with that key`,
  );
}
