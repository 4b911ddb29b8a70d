import type { Channel } from "./plugin.ts";

/** One line, since a line break could add a header or a recipient, and no longer than the longest e-mail address. */
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]{1,320}$/u;

/**
 * Turns an address as a person typed it into the form that the channel takes; null when it is no address. A throw
 * counts as null.
 */
export function addressOf(channel: Pick<Channel, "address">, config: unknown, typed: string): string | null {
  const text = typed.trim();
  if (!LINE.test(text)) return null;
  try {
    const address: unknown = channel.address === undefined ? text : channel.address(text, config);
    return typeof address === "string" && LINE.test(address) ? address : null;
  } catch {
    return null;
  }
}
