import type { LiveConnection } from "../contract.ts";

/**
 * Starts a connection, which follows the network and the page's visibility from then on.
 *
 * @returns a function that stops it
 */
export function followPage(connection: LiveConnection): () => void {
  const stopping = new AbortController();
  const { signal } = stopping;
  addEventListener("online", () => connection.network(true), { signal });
  addEventListener("offline", () => connection.network(false), { signal });
  document.addEventListener(
    "visibilitychange",
    () => document.visibilityState === "visible" && connection.probe(),
    { signal },
  );
  if (navigator.onLine) connection.start();
  else connection.network(false);
  return () => {
    stopping.abort();
    connection.stop();
  };
}
