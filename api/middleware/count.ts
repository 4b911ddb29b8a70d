/** A count that a try has to pass. */
export interface Count {
  /** @throws Throttled */
  take(): Promise<void>;
  /** Takes back the count of `take`, where the kind of count allows it. */
  giveBack(): Promise<void>;
}

/** Both have to let a try through; one that the second refuses does not count with the first. */
export const inTurn = (first: Count, second: Count): Count => ({
  take: async () => {
    await first.take();
    try {
      await second.take();
    } catch (error) {
      await first.giveBack();
      throw error;
    }
  },
  giveBack: async () => {
    await first.giveBack();
    await second.giveBack();
  },
});
