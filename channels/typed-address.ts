import type { Channel } from "./plugin.ts";

/** One line, since a line break could add a header or a recipient. */
const LINE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;
/** The longest e-mail address, and more than a browser's subscription takes; characters. */
const LONGEST = { typed: 320, device: 2_000 };

/**
 * Turns an address as a person typed it into the form that the channel takes; null when it is no address. A throw
 * counts as null.
 * @param by `device`: a browser gave it, nobody typed it
 */
export function addressOf(
  channel: Pick<Channel, "address">,
  config: unknown,
  typed: string,
  by: keyof typeof LONGEST = "typed",
): string | null {
  const isLine = (line: string): boolean => line.length <= LONGEST[by] && LINE.test(line);
  const text = typed.trim();
  if (!isLine(text)) return null;
  try {
    const address: unknown = channel.address === undefined ? text : channel.address(text, config);
    return typeof address === "string" && isLine(address) ? address : null;
  } catch {
    return null;
  }
}
