/**
 * Has a page show nothing any more once it was left. Browsers keep it whole, and bring it back at a press of Back, whoever is signed in by
 * then: it is loaded anew before anything of it shows.
 * @returns a function that ends it
 */
export function forgetWhenLeft(): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  addEventListener("pagehide", () => (document.documentElement.hidden = true), { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload(), { signal });
  return () => ending.abort();
}
