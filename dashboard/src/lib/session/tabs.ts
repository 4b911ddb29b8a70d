const NAME = "tocsin-session";

/** The one that this tab hears by: it does not hear what it says itself. */
let hearing: BroadcastChannel | null = null;

/** Tells the other tabs of this browser that somebody has signed in or out. */
export function tellTabs(): void {
  const channel = hearing ?? new BroadcastChannel(NAME);
  channel.postMessage(null);
  if (channel !== hearing) channel.close();
}

/** Hears when another tab tells. @returns a function that ends it */
export function hearTabs(told: () => void): () => void {
  const channel = new BroadcastChannel(NAME);
  hearing = channel;
  channel.addEventListener("message", told);
  return () => {
    channel.close();
    hearing = null;
  };
}
