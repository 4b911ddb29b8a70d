import { serverTime } from "../server-time.ts";
import { createSubscriber } from "svelte/reactivity";

/** A clock that has those who read it drawn again after each step; ms. */
function everyStep(step: number): () => number {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, step);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    return serverTime();
  };
}

/** The time in ms by the server's clock; a component that reads it is drawn again every half minute. */
export const now = everyStep(30_000);

/** The time in ms by the server's clock; a component that reads it is drawn again every second. */
export const eachSecond = everyStep(1_000);
