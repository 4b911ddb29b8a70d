/**
 * Settles as `work` does, or as `late` says once `ms` have passed. The work goes on meanwhile; if it fails after its
 * time, nobody hears of it.
 * @param late makes the answer when the work takes too long, or throws
 */
export async function within<T, L>(work: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  try {
    return await Promise.race([work, over.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
