/**
 * Runs `look` every `ms` while the page is visible, and at once whenever it becomes visible again.
 *
 * @param look never fails; the next run waits for it
 * @returns a function that stops it
 */
export function whileVisible(look: () => Promise<void>, ms: number): () => void {
  const stopping = new AbortController();
  let looking = false;
  const step = async () => {
    if (looking || document.visibilityState !== "visible") return;
    looking = true;
    await look();
    looking = false;
  };
  const timer = setInterval(() => void step(), ms);
  document.addEventListener("visibilitychange", () => void step(), { signal: stopping.signal });
  return () => {
    clearInterval(timer);
    stopping.abort();
  };
}
