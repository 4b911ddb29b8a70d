/**
 * Runs inside of the workflows' sandbox, beside their code, when a history is replayed: tells each step that the code wants to take, and
 * from which line. Only replays are bundled with it.
 */
import {
  type ConcludeActivationInput,
  proxySinks,
  type Sinks,
  type WorkflowInterceptors,
} from "@temporalio/workflow";

/** What a step of a workflow is, in the code and in its history alike. */
export type StepKind = "local activity" | "activity" | "timer" | "patch" | "end" | "failure" | "continuation";

/** A step that the code wants to take. */
export interface Wanted {
  kind: StepKind;
  /** Counts the steps of a kind from 1; 0 where there is one at most, and for patches. */
  seq: number;
  /** Of an activity, its name; of a timer, its ms; of a patch, its name. */
  name: string;
  /** Where it is asked for: the stack's lines, the innermost first. */
  stack: string;
}

export interface WatchSinks extends Sinks {
  watch: { wants(wanted: Wanted): void };
}

type Command = ConcludeActivationInput["commands"][number];

/** Protobuf's counts of seconds may be objects. */
const ms = (duration: { seconds?: unknown; nanos?: number | null } | null | undefined): string =>
  String(Number(String(duration?.seconds ?? 0)) * 1_000 + (duration?.nanos ?? 0) / 1_000_000);

function stepOf(command: Command): Omit<Wanted, "stack"> | null {
  const { scheduleLocalActivity: local, scheduleActivity: activity, startTimer: timer } = command;
  if (local) return { kind: "local activity", seq: local.seq ?? 0, name: local.activityType ?? "" };
  if (activity) return { kind: "activity", seq: activity.seq ?? 0, name: activity.activityType ?? "" };
  if (timer) return { kind: "timer", seq: timer.seq ?? 0, name: ms(timer.startToFireTimeout) };
  if (command.setPatchMarker) return { kind: "patch", seq: 0, name: command.setPatchMarker.patchId ?? "" };
  if (command.completeWorkflowExecution) return { kind: "end", seq: 0, name: "" };
  if (command.failWorkflowExecution) return { kind: "failure", seq: 0, name: "" };
  if (command.continueAsNewWorkflowExecution) return { kind: "continuation", seq: 0, name: "" };
  return null;
}

const key = (kind: StepKind, seq: number): string => `${kind} ${seq}`;

export function interceptors(): WorkflowInterceptors {
  const { watch } = proxySinks<WatchSinks>();
  const stacks = new Map<string, string>();
  const note = (kind: StepKind, seq: number): void => {
    stacks.set(key(kind, seq), new Error("here").stack ?? "");
  };
  return {
    outbound: [
      {
        startTimer: (input, next) => {
          note("timer", input.seq);
          return next(input);
        },
        scheduleActivity: (input, next) => {
          note("activity", input.seq);
          return next(input);
        },
        scheduleLocalActivity: (input, next) => {
          note("local activity", input.seq);
          return next(input);
        },
        continueAsNew: (input, next) => {
          note("continuation", 0);
          return next(input);
        },
      },
    ],
    internals: [
      {
        concludeActivation: (input, next) => {
          const output = next(input);
          for (const command of output.commands) {
            const step = stepOf(command);
            if (step === null) continue;
            watch.wants({ ...step, stack: stacks.get(key(step.kind, step.seq)) ?? "" });
          }
          return output;
        },
      },
    ],
  };
}
