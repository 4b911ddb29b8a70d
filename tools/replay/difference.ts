import type { Taken } from "./steps.ts";
import type { Wanted } from "./watch.ts";

/** Where a workflow's code first leaves what its history says. */
export interface Difference {
  /** The step on record that the code does not take; null where the history has none left. */
  recorded: Taken | null;
  /** The step that the code takes in its place; null where it waits, or ends. */
  wanted: Wanted | null;
  /** The last step in which both agree. */
  before: Wanted | null;
  /** What the code threw, where it did; its stack's innermost line first. */
  thrown: { message: string; stack: string } | null;
}

const isSame = (taken: Taken | undefined, wanted: Wanted | undefined): boolean =>
  taken !== undefined &&
  wanted !== undefined &&
  taken.kind === wanted.kind &&
  taken.name === wanted.name &&
  taken.seq === wanted.seq;

/** Timers keep to no name: their times may change, and the history's is the one that counts. */
const isSameStep = (taken: Taken | undefined, wanted: Wanted | undefined): boolean =>
  isSame(taken, wanted) || (taken?.kind === "timer" && wanted?.kind === "timer" && taken.seq === wanted.seq);

/** What the code asks for at the end of a task, and Temporal records in that order; answers of local activities come when they come. */
const isOrdered = ({ kind }: { kind: Taken["kind"] }): boolean =>
  kind !== "local activity" && kind !== "patch";

/**
 * Finds the first difference between the steps of a history and those that the code asked for, until it was stopped.
 * @param cause the SDK's error, which mostly names the event that did not fit
 */
export function differenceOf(taken: Taken[], wanted: Wanted[], cause: string): Difference {
  const named = namedIn(cause);
  const ordered = { taken: taken.filter(isOrdered), wanted: wanted.filter(isOrdered) };
  const differing = ordered.taken.findIndex((step, place) => !isSameStep(step, ordered.wanted[place]));
  const unfit = taken.find(named) ?? (differing === -1 ? undefined : ordered.taken[differing]) ?? null;
  const other = anotherLocal(taken, wanted);
  // The SDK gives a local activity the answer of another one, and notices later.
  if (other !== null && (unfit === null || other.recorded.eventId <= unfit.eventId))
    return { ...other, before: lastBefore(other.wanted, wanted), thrown: null };
  const place =
    unfit === null
      ? ordered.taken.length
      : ordered.taken.filter(({ eventId }) => eventId < unfit.eventId).length;
  const step = replacing(unfit, ordered.wanted[place], taken, wanted);
  const thrown = thrownIn(cause);
  const before = lastBefore(step, wanted);
  return thrown === null
    ? { recorded: unfit, wanted: step, before, thrown }
    : { recorded: unfit, wanted: null, before, thrown };
}

/** Which step the SDK's error names: by its event, or by the count of a local activity that nobody asked for. */
function namedIn(cause: string): (step: Taken) => boolean {
  const event = /HistoryEvent\(id: (\d+)/.exec(cause)?.[1];
  const local = /LocalActivity\((\d+)\)/.exec(cause)?.[1];
  return (step) => String(step.eventId) === event || (isLocal(step) && String(step.seq) === local);
}

/** The SDK prints a failure as its core's debugging does: texts in quotes, with backslashes before quotes and line breaks. */
function thrownIn(cause: string): Difference["thrown"] {
  if (!cause.includes("workflow task failure")) return null;
  const quoted = (field: string): string =>
    (new RegExp(`${field}: "((?:[^"\\\\]|\\\\.)*)"`).exec(cause)?.[1] ?? "")
      .replaceAll("\\n", "\n")
      .replaceAll('\\"', '"');
  return { message: quoted("message"), stack: quoted("stack_trace") };
}

const lastBefore = (step: Wanted | null, wanted: Wanted[]): Wanted | null =>
  (step === null ? wanted : wanted.slice(0, wanted.indexOf(step))).findLast(({ stack }) => stack !== "") ??
  null;

const isLocal = ({ kind }: { kind: Taken["kind"] }): boolean => kind === "local activity";

/** The first local activity in whose place another one is on record. */
function anotherLocal(taken: Taken[], wanted: Wanted[]): { recorded: Taken; wanted: Wanted } | null {
  for (const step of wanted.filter(isLocal)) {
    const recorded = taken.find((one) => isLocal(one) && one.seq === step.seq);
    if (recorded !== undefined && recorded.name !== step.name) return { recorded, wanted: step };
  }
  return null;
}

/** The step that the code takes in the place of a recorded one: the next in order, or a local activity that is not on record. */
function replacing(
  recorded: Taken | null,
  next: Wanted | undefined,
  taken: Taken[],
  wanted: Wanted[],
): Wanted | null {
  if (next !== undefined && (recorded === null || !isSame(recorded, next))) return next;
  const answered = new Set(taken.flatMap((step) => (isLocal(step) ? [step.seq] : [])));
  return wanted.find((step) => isLocal(step) && !answered.has(step.seq)) ?? null;
}
