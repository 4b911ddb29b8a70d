/** What lies over the page, the topmost last: Back closes it before it leads anywhere. */
const layers: (() => void)[] = [];

/**
 * Says that something lies over the page from now on.
 * @param close does what Escape does
 * @returns a function that says that it is gone
 */
export function layOverPage(close: () => void): () => void {
  layers.push(close);
  return () => {
    const at = layers.lastIndexOf(close);
    if (at !== -1) layers.splice(at, 1);
  };
}

/** Closes what lies uppermost over the page. @returns whether there was anything */
export function closeUppermost(): boolean {
  const close = layers.at(-1);
  close?.();
  return close !== undefined;
}
