/**
 * A process's clock that can be set wrong, as a machine's without time synchronisation is. Load it before whatever asks for the
 * time.
 */
const Real = Date;
let ahead = 0;

const now = (): number => Real.now() + ahead;

globalThis.Date = new Proxy(Real, {
  construct: (target, given: unknown[], called) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, called),
  get: (target, name, asked) => (name === "now" ? now : Reflect.get(target, name, asked)),
});

/** Sets the clock of this process so much ahead of the machine's; ms, below 0 for one that is behind. */
export function setClock(ms: number): void {
  ahead = ms;
}
