/** How long before its end a person is warned, in ms (WCAG 2.2.1 asks for 20 s at least). */
export const WARN_BEFORE = 60_000;

/** Activity is told to the server once in this part of the idle time. */
const TOLD_PER_IDLE = 5;

/** A session's times by this computer's clock, in ms. */
export interface Ends {
  at: number;
  /** Whatever the person does. */
  atMost: number;
  idle: number;
}

export type Step = "none" | "extend" | "check" | "warn";

/**
 * The next thing to do: tell the server that the person is active, ask whether the session really ends (another tab may
 * have extended it), or show the warning.
 *
 * @param lastInput when the person last touched key, mouse or screen
 * @param checked whether the server was just asked
 */
export function nextStep(ends: Ends, now: number, lastInput: number, checked: boolean): Step {
  const canExtend = ends.at < ends.atMost;
  const touched = ends.at - ends.idle;
  if (canExtend && lastInput - touched > ends.idle / TOLD_PER_IDLE && now - lastInput < WARN_BEFORE)
    return "extend";
  if (ends.at - now > WARN_BEFORE) return "none";
  return checked ? "warn" : "check";
}

/** Whole seconds until the end; never below 0. */
export const secondsLeft = ({ at }: Ends, now: number): number => Math.max(0, Math.ceil((at - now) / 1_000));
