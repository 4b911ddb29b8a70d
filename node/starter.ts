import { createHash } from "node:crypto";
import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from "@temporalio/client";
import { type Lane, laneQueue } from "../channels/contract.ts";
import type { Config } from "../config/env.ts";
import type { Logger } from "../config/log.ts";
import type { TemporalLink } from "../config/temporal.ts";
import { asPartOf } from "../config/trace.ts";
import { within } from "../config/within.ts";
import type { Unstarted } from "../store/notifications/outbox.ts";
import { createBreaker } from "./breaker.ts";
import { startsInTrace } from "./telemetry/temporal.ts";
import type { Released } from "./release.ts";
import { handledSignal } from "../workflows/messages.ts";
import type { broadcast, bulk, notify, redeliver, standDown } from "../workflows/index.ts";

/**
 * Whether one that ran is started anew, `left` where it most likely runs still, and whether one that runs is ended for it: with `over` where it does
 * nothing, with `moved` where it runs in another lane, since its notification was raised.
 */
export type Again = "again" | "left" | "over" | "moved";

/** How what was found to be left is started: its workflow ran, or should have, and may be one that does nothing any more. */
export const againOf = ({ stuck }: Pick<Unstarted, "stuck">, otherwise: Again = "again"): Again =>
  stuck === true ? "over" : otherwise;

/** Starts workflows and tells them things, never holding a caller for longer than `DEADLINE`. */
export interface Starter {
  /**
   * True when Temporal took the start; false leaves it to the relay. Starting a workflow that runs is harmless. One that
   * ran is started anew only with `again`: its work is not done, whatever Temporal says. `over` ends one that runs, too, if its tasks fail,
   * `moved` one of another lane.
   * @param party whose it is: in Temporal's queue parties take turns
   */
  start(notificationId: string, lane: Lane, again?: Again, party?: string): Promise<boolean>;
  startBroadcast(broadcastId: string, lane: Lane, again?: Again, party?: string): Promise<boolean>;
  /** Starts what brings the sends into inboxes that came in bulk to a territory, one such workflow a territory at a time. */
  startBulk(territoryId: string, again: Again): Promise<boolean>;
  /** Starts a round of deliveries of a notification whose own workflow may be over. */
  redeliver(notificationId: string, round: number, lane: Lane, again?: Again): Promise<boolean>;
  /** Starts a round that tells somebody that a notification is over. */
  standDown(notificationId: string, round: number, lane: Lane, again?: Again): Promise<boolean>;
  /** Tells a waiting workflow that its notification was handled; best effort. Rounds have workflows of their own: see `ofRound` and `ofEnd`. */
  tellHandled(workflowId: string, lane?: Lane): Promise<void>;
  state(): "up" | "down";
  /** Asks Temporal itself, for a second at most. */
  answers(): Promise<boolean>;
}

/** What Temporal knows of a workflow's last run; null where there was none. */
async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** Whether a workflow's task was tried more than once: it fails, where one of a worker that has much to do only waits. */
const failsItsTasks = (found: WorkflowExecutionDescription | null): boolean =>
  (found?.raw.pendingWorkflowTask?.attempt ?? 1) > 1;

/** Starts the workflow of a send, or of the notification or broadcast that was made of it, as part of the trace that the send came in. */
export const startWorkflow = (
  starter: Pick<Starter, "start" | "startBroadcast">,
  {
    id,
    lane,
    kind,
    traceparent,
    party,
  }: Pick<Unstarted, "id" | "lane" | "kind"> & { traceparent?: string | null | undefined; party?: string },
  again?: Again,
): Promise<boolean> =>
  asPartOf(traceparent, () =>
    kind === "broadcast"
      ? starter.startBroadcast(id, lane, again, party)
      : starter.start(id, lane, again, party),
  );

/** The key by which Temporal has a party take its turns: 64 bytes at most, and names of territories may be longer, in any characters. */
const fairnessKeyOf = (party: string): string => createHash("sha256").update(party).digest("base64url");

/** The workflow of a round that `redeliver` starts. */
export const ofRound = (notificationId: string, round: number): string => `${notificationId}/round/${round}`;
/** The workflow of a round that `standDown` starts. */
export const ofEnd = (notificationId: string, round: number): string => `${notificationId}/over/${round}`;

/** How long a caller waits for Temporal; ms. The answer to a send is due within 1.5 s, however busy the node is. */
const DEADLINE = 750;
/**
 * When a call says that Temporal is away, and when Temporal is left alone for that; ms. One that has much to do answers by then: to leave it
 * alone would put off what it could have taken.
 */
const AWAY = 3_000;
/** How long Temporal has to answer when it is asked whether it does; ms. */
const ASKED_FOR = 1_000;
const BREAKER = { failures: 3, within: 10_000, stays: 3_000 };

/**
 * A client on a killed server's connection would block for 5–20 s, so every call races a timer, and when most calls
 * went without an answer none is tried for the next few seconds, but for what is critical. A late success is harmless: ids are unique.
 */
export function createStarter(
  link: TemporalLink,
  { namespace, taskQueue }: Config["temporal"],
  log: Logger,
  released: Released = { own: true },
): Starter {
  let client: Client | null = null;
  const breaker = createBreaker(BREAKER);

  const inTime = async (
    call: (client: Client) => Promise<unknown>,
    lane: Lane = "ordinary",
  ): Promise<boolean> => {
    const connection = link.current();
    if (connection === null || (breaker.open() && lane !== "critical")) return false;
    client ??= new Client({ connection, namespace, interceptors: { workflow: [startsInTrace] } });
    const outcome = call(client).then(
      () => "done" as const,
      (error: unknown) => error,
    );
    const isWell = (result: unknown): boolean =>
      result === "done" || result instanceof WorkflowExecutionAlreadyStartedError;
    void within(outcome, AWAY, () => "late" as const).then((result) => breaker.note(isWell(result)));
    const result = await within(outcome, DEADLINE, () => "late" as const);
    if (isWell(result)) return true;
    log.warn(
      { err: result === "late" ? undefined : result, late: result === "late" },
      "Temporal did not take a call",
    );
    return false;
  };

  const once = {
    workflowIdConflictPolicy: "USE_EXISTING",
    workflowIdReusePolicy: "ALLOW_DUPLICATE_FAILED_ONLY",
    workflowTaskTimeout: "5 seconds",
  } as const;
  /** Whether a run is to be ended for a new one. What it was doing is in the database, which answers it to the new one as work left. */
  const ends = async (client: Client, workflowId: string, queue: string, again: Again): Promise<boolean> => {
    if (again === "again" || again === "left") return false;
    const found = await describe(client, workflowId);
    if (again === "moved") return found?.status.name === "RUNNING" && found.taskQueue !== queue;
    if (!failsItsTasks(found)) return false;
    // Code that no longer fits its history may fail each of its tasks, without ever ending its run.
    log.error({ workflowId, code: "tasks_fail" }, "a workflow does nothing, and is begun anew");
    return true;
  };
  const reusing = async (client: Client, workflowId: string, queue: string, again: Again | undefined) => {
    if (again === undefined) return {};
    const isEnded = await ends(client, workflowId, queue, again);
    return {
      workflowIdReusePolicy: "ALLOW_DUPLICATE",
      workflowIdConflictPolicy: isEnded ? "TERMINATE_EXISTING" : "USE_EXISTING",
    } as const;
  };
  const begin = <Run extends (input: never) => unknown>(
    type: string,
    workflowId: string,
    input: Parameters<Run>[0],
    { lane, again, party }: { lane: Lane; again: Again | undefined; party?: string | undefined },
  ): Promise<boolean> =>
    inTime(
      async (client) =>
        await client.workflow.start(type, {
          ...once,
          // The node's own worker takes an eager start, whatever its build; of its slots what runs already needs none.
          requestEagerStart: released.own && again !== "left",
          ...(await reusing(client, workflowId, laneQueue(taskQueue, lane), again)),
          workflowId,
          taskQueue: laneQueue(taskQueue, lane),
          args: [input],
          ...(party === undefined ? {} : { priority: { fairnessKey: fairnessKeyOf(party) } }),
        }),
      lane,
    );

  return {
    start: (notificationId, lane, again, party) =>
      begin<typeof notify>("notify", notificationId, { notificationId }, { lane, again, party }),
    startBroadcast: (broadcastId, lane, again, party) =>
      begin<typeof broadcast>("broadcast", broadcastId, { broadcastId }, { lane, again, party }),
    startBulk: (territoryId, again) =>
      begin<typeof bulk>("bulk", `bulk/${territoryId}`, { territoryId }, { lane: "bulk", again }),
    redeliver: (notificationId, round, lane, again) =>
      begin<typeof redeliver>(
        "redeliver",
        ofRound(notificationId, round),
        { notificationId, round },
        { lane, again },
      ),
    standDown: (notificationId, round, lane, again) =>
      begin<typeof standDown>(
        "standDown",
        ofEnd(notificationId, round),
        { notificationId, round },
        { lane, again },
      ),
    tellHandled: async (workflowId, lane) => {
      await inTime(
        (client) =>
          client.workflow
            .getHandle(workflowId)
            .signal(handledSignal)
            .catch(() => undefined),
        lane,
      );
    },
    state: () => (link.current() === null || breaker.open() ? "down" : "up"),
    answers: async () => {
      const connection = link.current();
      if (connection === null) return false;
      const asked = connection.workflowService.getSystemInfo({}).then(
        () => true,
        () => false,
      );
      const well = await within(asked, ASKED_FOR, () => false);
      breaker.note(well);
      return well;
    },
  };
}
