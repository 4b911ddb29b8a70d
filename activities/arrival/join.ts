import type { Knex } from "knex";
import type { Lane } from "../../channels/contract.ts";
import type { Registry } from "../../channels/registry.ts";
import { must } from "../../config/must.ts";
import type { InboxChange } from "../../store/notifications/inbox.ts";
import {
  type Arrival,
  type Arrived,
  arriveLinked,
  type Content,
  type Intake,
  type Joined,
  joinAlert,
  type Wishes,
} from "../../store/transitions/arrive.ts";
import { copyOf, planArrivals } from "./plan.ts";

export interface JoinDeps {
  knex: Knex;
  channels: Pick<Registry, "names">;
  /** Told when another notification has work to do, in its lane: its own workflow may be over, wait for a later time, or run in another lane. */
  onWork: (notificationId: string, lane: Lane) => void;
}

/** A send that joined an alert: the changes of inboxes, and the alert where follow has to bring it to copies. */
export interface Join {
  joined: InboxChange[];
  behind: string[];
}

/** Lets sends arrive that have a dedup key or replace another one: they join the open alert of that key, where there is one. */
export function createJoin({ knex, channels, onWork }: JoinDeps) {
  async function join(
    { send, people }: Intake,
    content: Content,
    { id, wishes }: { id: string; wishes: Wishes },
  ): Promise<Join | null> {
    const named = must(people[0], "recipient");
    const idOf = (userId: string): string => (userId === wishes.userId ? id : copyOf(id, userId));
    const again = planArrivals(idOf, [wishes], send, channels.names());
    const both = named.userId === wishes.userId ? [wishes] : [named, wishes];
    const others = planArrivals(idOf, both, send, channels.names()).filter(
      ({ userId }) => userId !== wishes.userId,
    );
    const joined = await joinAlert(knex, send.id, id, content, { again, others });
    if (joined === null) return null;
    if (joined.works) onWork(id, joined.lane);
    return joinOf(id, joined);
  }

  return {
    /** An alert that is over by the time it is to be joined leaves the send to arrive by itself, or to join a newer one. */
    async arriveOrJoin(intake: Intake, content: Content, arrivals: Arrival[]): Promise<Arrived | Join> {
      for (;;) {
        const arrived = await arriveLinked(knex, intake.send.id, content, arrivals);
        if (!("joins" in arrived)) return arrived;
        const joined = await join(intake, content, arrived.joins);
        if (joined !== null) return joined;
      }
    },

    /** Tells the people of an alert once more of a send that joined it before: whoever let it join may have died before telling them. */
    async again({ id }: Intake["send"], rootId: string): Promise<Join> {
      const joined = await joinAlert(knex, id, rootId, null, { again: [], others: [] });
      if (joined === null) return { joined: [], behind: [] };
      onWork(rootId, joined.lane);
      return joinOf(rootId, joined);
    },
  };
}

const joinOf = (rootId: string, { changes, behind }: Joined): Join => ({
  joined: changes,
  behind: behind ? [rootId] : [],
});
