/** How far the server's clock is ahead of this browser's; ms. 0 as long as what was heard fits no difference too. */
let ahead = 0;

/**
 * The time in ms by the server's clock, which decided when things happened and when they are due; by this browser's own until the
 * server has answered once.
 */
export const serverTime = (): number => Date.now() + ahead;

/**
 * Learns the server's time from an answer. A `Date` header names a second, and the answer was under way: as long as the difference
 * that is known fits that, it stays, so that times don't flicker.
 * @param date the answer's `Date` header
 * @param asked when the call began, and `answered` when its answer was here, both by this browser's clock; ms
 */
export function learnServerTime(date: string | null, asked: number, answered: number): void {
  const second = Date.parse(date ?? "");
  if (Number.isNaN(second)) return;
  const least = second - answered;
  const most = second + 1_000 - asked;
  if (least <= ahead && ahead <= most) return;
  ahead = least <= 0 && 0 <= most ? 0 : Math.round((least + most) / 2);
}
