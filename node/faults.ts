/** How long the program may take to end in order after a fault; ms. */
const STOP = 20_000;

/**
 * Has the program end at a fault that nothing caught, of a plugin's as well: nobody knows what is left undone. Node itself would write the
 * fault's text to stderr, and all that hangs on it, which may quote a message: `say` tells of its kind and place alone.
 */
export function endAtFaults(say: (fault: unknown) => void, end: () => void): void {
  let ends = false;
  const onFault = (fault: unknown): void => {
    say(fault);
    if (ends) return;
    ends = true;
    setTimeout(() => process.exit(1), STOP);
    end();
  };
  for (const fault of ["uncaughtException", "unhandledRejection"]) process.on(fault, onFault);
}
