import type { Knex } from "knex";
import type { Registry } from "../../channels/registry.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";
import { announce } from "../../channels/websocket/announce.ts";
import type { Logger } from "../../config/log.ts";
import type { Priority } from "../../channels/contract.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import { must } from "../../config/must.ts";
import { VERSION } from "../../redaction/options.ts";
import { rulesFor } from "../../store/notifications/escalation.ts";
import {
  type Arrived,
  arrive,
  type Group,
  NO_WORK,
  readIntake,
  type Work,
  workLeft,
} from "../../store/transitions/arrive.ts";
import { followSoon } from "../../store/transitions/follow.ts";
import { createGrouping, type GroupingDeps } from "./grouping.ts";
import { waitAfter } from "./hold.ts";
import { createJoin, type Join, type JoinDeps } from "./join.ts";
import { planSend } from "./plan.ts";
import { redact, type RedactDeps } from "./redact.ts";

/** The work left for a notification, or the time to ask again. */
export interface Plan extends Work {
  /** How long nothing is written or sent; ms. */
  holdMs?: number;
  /** The same in older histories: an ISO time, by a node's clock. */
  holdUntil?: string;
}

export interface PersistDeps extends RedactDeps, GroupingDeps, Pick<JoinDeps, "onWork"> {
  log: Pick<Logger, "error" | "debug">;
  knex: Knex;
  channels: Pick<Registry, "names">;
  bridge: Pick<Bridge, "publish" | "awaitReceipt">;
  /** Told when there is nothing left to wait for: a send is in its recipient's inbox, or is for later. */
  onSettled: (id: string) => void;
  /** How long a socket's receipt is waited for, where it is not the usual time; ms. */
  shownWithin?: number;
}

/** Lets others have the turn of a piece of work while that waits for something else than the database. */
export type Aside = <T>(wait: () => Promise<T>) => Promise<T>;
/** Lets work wait for its turn among other work of the node. */
export type InTurn = <T>(work: (aside: Aside) => Promise<T>) => Promise<T>;
export const atOnce: InTurn = (work) => work((wait) => wait());

/**
 * The work left, and the change of the inbox; no change where the notification was written before, or is for later. `others` are those of
 * notifications that it joined, or that it replaces, and of whoever covers its recipient.
 */
interface Written {
  plan: Plan;
  priority?: Priority;
  change?: InboxChange;
  others?: InboxChange[];
  behind?: string[];
}

/** A digest has no text of its own: the database makes it of its items, as they are when it arrives. */
const SAYS_ITS_ITEMS = { title: null, message: "", redaction: { version: VERSION, counts: {} } };

/** How long a socket's receipt is waited for, which spares the workflow the live delivery; ms. */
const SHOWN_WITHIN = 150;

/**
 * Redacts a send and lets it enter its recipient's inbox, then tells the recipient's sockets. Most sockets confirm before
 * this returns, and then nothing is left to deliver. Run again, it returns the work that is left. A send that can't arrive
 * now is for later. One that joins an alert has no work of its own.
 * @throws while PostgreSQL is away, and then it is worth another try at once
 */
export function createPersist({
  knex,
  channels,
  bridge,
  onSettled,
  onWork,
  shownWithin = SHOWN_WITHIN,
  ...redactDeps
}: PersistDeps) {
  const grouped = createGrouping(redactDeps);
  const { arriveOrJoin, again } = createJoin({ knex, channels, onWork });

  async function write(id: string, aside: Aside): Promise<Written> {
    const intake = await readIntake(knex, id);
    // An escalated copy has no send of its own: its workflow is started to do the work that is left.
    if (intake === null) return { plan: await workLeft(knex, id) };
    const { send } = intake;
    if (send.status === "cancelled") return { plan: NO_WORK };
    if (send.joined !== null) return writtenOf(await again(send, send.joined));
    if (send.status === "persisted") return { plan: await workLeft(knex, id) };
    if (send.waitMs > 0) return { plan: { ...NO_WORK, holdMs: send.waitMs } };
    const said = send.isDigest ? SAYS_ITS_ITEMS : await aside(() => redact({ ...redactDeps, knex }, intake));
    const content = { ...said, escalation: rulesFor(intake) };
    const [wishes] = intake.people;
    const planned = planSend(id, must(wishes, "recipient"), send, channels.names());
    const arrivals = grouped(intake, content, planned);
    const arrived = send.linked
      ? await arriveOrJoin(intake, content, arrivals)
      : await arrive(knex, id, content, arrivals, true);
    return { ...writtenOf(arrived), priority: send.priority };
  }

  async function later(id: string, error: unknown): Promise<Written> {
    const wait = await waitAfter({ ...redactDeps, knex }, id, error);
    return { plan: { ...NO_WORK, holdMs: wait } };
  }

  /** Best effort: the delivery on the live channel tells the sockets again. True once a socket has confirmed. */
  async function tell({ inboxId, seq, id }: InboxChange): Promise<boolean> {
    const receipt = bridge.awaitReceipt(id, shownWithin, new AbortController().signal);
    const nodes = await bridge.publish(inboxId, { seq, id }).catch(() => 0);
    if (nodes === 0) receipt.cancel();
    return await receipt.promise;
  }

  return async function persist(id: string, inTurn: InTurn = atOnce): Promise<Plan> {
    const {
      plan,
      change,
      priority,
      others: told = [],
      behind = [],
    } = await inTurn((aside) => write(id, aside)).catch((error: unknown) => later(id, error));
    onSettled(id);
    announce(bridge, redactDeps.log, told);
    const isShown = change !== undefined && (await tell(change));
    for (const former of behind) announce(bridge, redactDeps.log, await followSoon(knex, former));
    if (!isShown) return plan;
    // A notification that a device has needs no further channel, unless that was asked for in parallel; a critical one goes on until somebody has seen it.
    const isDone = ({ notificationId, deliveries }: Group): boolean =>
      notificationId === id &&
      (deliveries.length <= 1 ||
        (priority !== "critical" && deliveries.every((one) => one.parallel !== true)));
    return { ...plan, groups: plan.groups.filter((group) => !isDone(group)) };
  };
}

function writtenOf(arrived: Arrived | Join): Written {
  if ("joined" in arrived) return { plan: NO_WORK, others: arrived.joined, behind: arrived.behind };
  const { changes, work, others = [], behind = [] } = arrived;
  const [change, ...copies] = changes;
  return { plan: work, behind, others: [...others, ...copies], ...(change === undefined ? {} : { change }) };
}
