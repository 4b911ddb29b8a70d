/** The workflows that the worker registers. */
export { broadcast } from "./broadcast.ts";
export { notify } from "./notify.ts";
export { redeliver } from "./redeliver.ts";
