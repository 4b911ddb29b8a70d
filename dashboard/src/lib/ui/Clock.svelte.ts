import { createSubscriber } from "svelte/reactivity";

const STEP = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, STEP);
  return () => clearInterval(timer);
});

/** The time in ms; a component that reads it is drawn again every half minute. */
export function now(): number {
  subscribe();
  return Date.now();
}
