import type { Logger } from "../config/log.ts";

/** How long the program may take to end in order after a fault; ms. */
const STOP = 20_000;

/**
 * Has the program end at a fault that nothing caught, of a plugin's as well: nobody knows what is left undone. Node itself would write the
 * fault's text to stderr, and all that hangs on it, which may quote a message; the log has its kind and place.
 */
export function endAtFaults(log: Pick<Logger, "fatal">, end: () => void): void {
  let ends = false;
  const onFault = (err: unknown): void => {
    log.fatal({ err }, "the node ends because of a fault that nothing caught");
    if (ends) return;
    ends = true;
    setTimeout(() => process.exit(1), STOP);
    end();
  };
  for (const fault of ["uncaughtException", "unhandledRejection"]) process.on(fault, onFault);
}
