/** The workflows that the worker registers. */
export { broadcast } from "./broadcast.ts";
export { bulk } from "./bulk.ts";
export { notify } from "./notify.ts";
export { redeliver } from "./redeliver.ts";
export { standDown } from "./stand-down.ts";
