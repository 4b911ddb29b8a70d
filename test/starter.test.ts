import { randomUUID } from "node:crypto";
import { Client } from "@temporalio/client";
import { NativeConnection, Worker } from "@temporalio/worker";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { laneQueue } from "../channels/contract.ts";
import { createLocalBridge } from "../channels/websocket/local-bridge.ts";
import { createLog } from "../config/log.ts";
import { must } from "../config/must.ts";
import { createCriticalStarts } from "../node/critical-starts.ts";
import { createPrecedence } from "../node/precedence.ts";
import { startRelay } from "../node/relay.ts";
import { createSlots } from "../node/slots.ts";
import { type Again, createStarter, type Starter } from "../node/starter.ts";
import { bundleWorkflows } from "../node/workflow-bundle.ts";
import { actAs } from "../store/db/knex.ts";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { openLink } from "./faults/link.ts";

const log = createLog("silent");
const namespace = "default";
/** Of Temporal's `CommandType`. */
const COMPLETE_WORKFLOW_EXECUTION = 4;

/** A starter of the run's Temporal, over a link that can be troubled, on task queues of its own, which nobody works on. */
async function open() {
  const link = await openLink(Number(inject("temporalAddress").split(":")[1]));
  const connection = await NativeConnection.connect({ address: `127.0.0.1:${link.port}` });
  const taskQueue = `starter-${randomUUID()}`;
  const starter = createStarter(
    { current: () => connection, ready: Promise.resolve(connection), close: () => Promise.resolve() },
    { address: "", namespace, taskQueue },
    log,
  );
  onTestFinished(async () => {
    link.mend();
    await connection.close();
    await link.close();
  });
  return { link, connection, taskQueue, starter };
}

/** Does the next task of a queue's workflows as a worker would, with these commands; answers the workflow, its run, and the signals that had come. */
async function doTask(
  { connection, taskQueue }: Pick<Awaited<ReturnType<typeof open>>, "connection" | "taskQueue">,
  ...commands: { commandType: number; completeWorkflowExecutionCommandAttributes: object }[]
): Promise<{ workflowId: string; runId: string; signals: string[] }> {
  const { taskToken, history, workflowExecution } = await connection.workflowService.pollWorkflowTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    identity: "test",
  });
  await connection.workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    identity: "test",
    commands,
  });
  const signals = (history?.events ?? []).map(
    (event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? "",
  );
  const { workflowId, runId } = must(workflowExecution, "execution");
  return { workflowId: workflowId ?? "", runId: runId ?? "", signals };
}

/** Fails the next task of a queue's workflows, as a worker would whose code does not fit their histories. */
async function failTask({ connection, taskQueue }: Awaited<ReturnType<typeof open>>): Promise<void> {
  const { taskToken } = await connection.workflowService.pollWorkflowTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    identity: "test",
  });
  await connection.workflowService.respondWorkflowTaskFailed({ namespace, taskToken, identity: "test" });
}

/** Has the relay find a notification's deliveries standing still, until the test ends. */
async function relayFinds(hospital: Hospital, starter: Starter, id: string): Promise<void> {
  await actAs(hospital.knex, "relay", (trx) =>
    trx("deliveries")
      .where({ notification_id: id })
      .update({ next_check_at: new Date(0) }),
  );
  const bridge = createLocalBridge();
  const relay = startRelay({
    knex: hospital.knex,
    starter,
    starts: createPrecedence().starts,
    criticalStarts: createCriticalStarts({ starter: starter, bridge, times: 1 }),
    bridge,
    metrics: { relayed: () => undefined, loopFailed: () => undefined },
    log,
  });
  onTestFinished(() => relay.stop());
}

it("leaves Temporal alone once it does not answer, but for what is critical", async () => {
  const { link, starter } = await open();
  expect(await starter.start(randomUUID(), "ordinary")).toBe(true);
  link.hang();
  await expect
    .poll(async () => {
      await starter.start(randomUUID(), "ordinary");
      return starter.state();
    })
    .toBe("down");
  link.mend();
  // Only what is critical asks Temporal now; each answer that comes says that it is there again.
  const [critical, ordinary] = [starter.start(randomUUID(), "critical"), starter.start(randomUUID(), "bulk")];
  expect(await ordinary).toBe(false);
  expect(await critical).toBe(true);
});

it("has one key's workflows wait in Temporal's queue beside another's, and not behind all of them", async () => {
  const temporal = await open();
  const { starter } = temporal;
  const flood = Array.from({ length: 60 }, () => randomUUID());
  const take = async (id: string, party: string): Promise<void> =>
    await expect.poll(() => starter.start(id, "critical", undefined, party)).toBe(true);
  for (const id of flood) await take(id, "flood@north");
  const single = randomUUID();
  await take(single, "lab@north");
  const taken: string[] = [];
  while (!taken.includes(single))
    taken.push(
      (await doTask({ ...temporal, taskQueue: laneQueue(temporal.taskQueue, "critical") })).workflowId,
    );
  expect(taken.length).toBeLessThan(20);
});

it("starts what is of a party whose name is long, in whichever characters", async () => {
  const { starter } = await open();
  const party = `${"f".repeat(32)}@${"病院".repeat(30)}`;
  await expect.poll(() => starter.start(randomUUID(), "critical", undefined, party)).toBe(true);
});

it("asks for a slot of the worker for what begins, and for none for what most likely runs", async () => {
  const { connection, taskQueue, starter } = await open();
  const slots = createSlots(10, 4);
  const asked = vi.spyOn(slots, "tryReserveSlot");
  const fixed = { type: "fixed-size", numSlots: 1 } as const;
  const worker = await Worker.create({
    connection,
    taskQueue: laneQueue(taskQueue, "critical"),
    workflowBundle: await bundleWorkflows(),
    activities: { persist: () => Promise.resolve({ groups: [], nextMs: null }) },
    tuner: {
      workflowTaskSlotSupplier: slots,
      activityTaskSlotSupplier: fixed,
      localActivityTaskSlotSupplier: fixed,
      nexusTaskSlotSupplier: fixed,
    },
  });
  await worker.runUntil(async () => {
    const begin = async (again?: Again): Promise<void> =>
      await expect.poll(() => starter.start(randomUUID(), "critical", again)).toBe(true);
    await begin("left");
    expect(asked).not.toHaveBeenCalled();
    await begin();
    expect(asked).toHaveBeenCalled();
  });
});

it("takes a Temporal that is slow for none that is away, though nobody waits for its answer", async () => {
  const { link, starter } = await open();
  link.slow(500);
  const started = await Promise.all(Array.from({ length: 6 }, () => starter.start(randomUUID(), "ordinary")));
  expect(started).toEqual(Array.from({ length: 6 }, () => false));
  link.mend();
  // Each of the calls has had its answer by the time that another one has.
  await expect.poll(() => starter.start(randomUUID(), "ordinary")).toBe(true);
  expect(starter.state()).toBe("up");
});

it("has a workflow that runs look anew, where the relay finds a delivery that nobody moves", async () => {
  const temporal = await open();
  const { starter } = temporal;
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const id = await hospital.notify("north-1");
  expect(await starter.start(id, "ordinary")).toBe(true);
  // As one that has lost an attempt: it waits on.
  await doTask(temporal);
  await relayFinds(hospital, starter, id);
  expect((await doTask(temporal)).signals).toContain("handled");
});

it("ends a run whose tasks fail where nothing has moved for long, and no other", async () => {
  const temporal = await open();
  const { starter } = temporal;
  const id = randomUUID();
  // What runs nowhere is begun.
  expect(await starter.start(id, "ordinary", "over")).toBe(true);
  const client = new Client({ connection: temporal.connection, namespace });
  const run = async () => (await client.workflow.getHandle(id).describe()).runId;
  const first = await run();
  expect(await starter.start(id, "ordinary", "over")).toBe(true);
  expect(await run()).toBe(first);
  await failTask(temporal);
  expect(await starter.start(id, "ordinary", "again")).toBe(true);
  expect(await run()).toBe(first);
  expect(await starter.start(id, "ordinary", "over")).toBe(true);
  expect(await run()).not.toBe(first);
});

it("begins a run anew in the lane of what is critical, once its notification was raised", async () => {
  const { connection, taskQueue, starter } = await open();
  const id = randomUUID();
  expect(await starter.start(id, "ordinary")).toBe(true);
  const run = async () => {
    const found = await new Client({ connection, namespace }).workflow.getHandle(id).describe();
    return { queue: found.taskQueue, run: found.runId };
  };
  const first = await run();
  expect(await starter.start(id, "critical", "again")).toBe(true);
  expect(await run()).toEqual(first);
  expect(await starter.start(id, "critical", "moved")).toBe(true);
  const moved = await run();
  expect(moved.queue).toBe(`${taskQueue}.critical`);
  expect(await starter.start(id, "critical", "moved")).toBe(true);
  expect(await run()).toEqual(moved);
});

it("starts a workflow anew that Temporal holds as completed, where the relay finds work left", async () => {
  const temporal = await open();
  const { starter } = temporal;
  const hospital = await createHospital();
  onTestFinished(() => hospital.close());
  const id = await hospital.notify("north-1");
  /** Ends the workflow as a worker would whose code has nothing left to do; answers its run. */
  const complete = async (): Promise<string> => {
    const end = {
      commandType: COMPLETE_WORKFLOW_EXECUTION,
      completeWorkflowExecutionCommandAttributes: {},
    };
    return (await doTask(temporal, end)).runId;
  };
  expect(await starter.start(id, "ordinary")).toBe(true);
  const first = await complete();
  expect(await starter.start(id, "ordinary")).toBe(true);
  await relayFinds(hospital, starter, id);
  // The relay's word to a workflow that runs may come while it ends: Temporal has it look once more, then.
  const second = await complete().catch(() => complete());
  expect(second).not.toBe(first);
});
