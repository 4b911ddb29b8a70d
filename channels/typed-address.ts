import type { Channel } from "./plugin.ts";

/** One line: what breaks lines could add a header or a recipient. The length is that of the longest e-mail address. */
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]{1,320}$/u;

/** An address as the channel takes it, from what a person typed; null when it is none. A throw counts as null. */
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
