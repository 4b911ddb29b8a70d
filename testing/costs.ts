import { afterAll, inject } from "vitest";
import { createMeter, type Meter } from "./cpu.ts";

/** What a file took, in seconds of CPU: its process and the programs that it started, and meanwhile the run's services. */
export interface Cost {
  own: number;
  services: number;
}

declare module "vitest" {
  export interface TaskMeta {
    cost?: Cost;
  }
}

/** Often enough that little is lost of what nobody waits for; ms. */
const LOOKS = 2_000;

interface Meters {
  own: Meter;
  services: Meter;
  /** Where the file before ended. */
  ended: number;
}

/** Test files share a process, in which this runs again for each of them. */
const kept = globalThis as { tocsinMeters?: Meters };
const meters = (kept.tocsinMeters ??= begin());
const began = meters.services.read();

function begin(): Meters {
  const own = createMeter([process.pid]);
  setInterval(() => own.read(), LOOKS).unref();
  return { own, services: createMeter(inject("servicePids") ?? []), ended: 0 };
}

// The first to be said runs last. Vitest reads from the first argument what a hook asks for, and takes none but a pattern.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, suite) => {
  const now = meters.own.read();
  suite.meta.cost = { own: now - meters.ended, services: meters.services.read() - began };
  meters.ended = now;
});
