/**
 * Calls that come together go together: while one call is under way the next items wait for it, and go as one list once
 * it has ended. The first goes at once, so nothing waits where little happens, and where much happens few calls are made.
 * @param call answers for each item, in order
 * @param most items of a call
 */
export function together<Item, Answer>(
  call: (items: Item[]) => Promise<Answer[]>,
  most: number,
): (item: Item) => Promise<Answer> {
  let waiting: { item: Item; answer: PromiseWithResolvers<Answer> }[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    // Those who call in the same turn of the event loop go together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      try {
        const answers = await call(batch.map(({ item }) => item));
        batch.forEach(({ answer }, index) => answer.resolve(answers[index] as Answer));
      } catch (error) {
        for (const { answer } of batch) answer.reject(error);
      }
    }
    running = false;
  }

  return (item) => {
    const answer = Promise.withResolvers<Answer>();
    waiting.push({ item, answer });
    if (!running) void run();
    return answer.promise;
  };
}
