/**
 * A process's clock that can be set wrong, as a machine's without time synchronisation is. Load it before whatever asks for the
 * time.
 */
const Real = Date;
const machine = Real.now;
let ahead = 0;

const now = (): number => machine() + ahead;

// A property like any other, so that another test of the same process can put a time of its own in its place, and this one back.
Real.now = now;
globalThis.Date = new Proxy(Real, {
  construct: (target, given: unknown[], called) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, called),
});

/** Sets the clock of this process so much ahead of the machine's; ms, below 0 for one that is behind. */
export function setClock(ms: number): void {
  ahead = ms;
}
