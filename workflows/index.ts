/** Exactly what the worker registers. */
export { notify } from "./notify.ts";
