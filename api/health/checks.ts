import type { Knex } from "knex";
import { within } from "../../config/within.ts";
import type { Starter } from "../../node/starter.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";

/** The state of one part of the system; `detail` is for a person. */
export interface PartState {
  state: "up" | "down";
  detail: string;
}

export interface HealthDeps {
  knex: Knex;
  starter: Starter;
  bridge: Bridge;
  sockets: () => number;
  /** Whether the audit record reaches its sink late; null where it has none. */
  sinkIsLate: (() => boolean) | null;
}

const DEADLINE = 1_000;

/** The state of everything that a notification passes through. */
export async function checkParts({
  knex,
  starter,
  bridge,
  sockets,
  sinkIsLate,
}: HealthDeps): Promise<Record<string, PartState>> {
  const postgres = await isAnswering(knex);
  return {
    postgres: postgres
      ? { state: "up", detail: "Sends are taken." }
      : {
          state: "down",
          detail:
            "PostgreSQL does not answer: sends get 503 until it does. Check that it runs and DATABASE_URL.",
        },
    temporal:
      starter.state() === "up"
        ? { state: "up", detail: "Sends start at once." }
        : {
            state: "down",
            detail:
              "Temporal does not answer: sends are kept and start once it does. Check TEMPORAL_ADDRESS.",
          },
    redis:
      bridge.state() === "up"
        ? { state: "up", detail: "Nodes hear of each other's notifications." }
        : {
            state: "down",
            detail:
              "Redis does not answer: live delivery waits and is caught up afterwards. Check REDIS_URL.",
          },
    ...(sinkIsLate === null ? {} : { audit_sink: sinkState(sinkIsLate()) }),
    websocket: { state: "up", detail: `${sockets()} live connections on this node.` },
  };
}

const sinkState = (isLate: boolean): PartState =>
  isLate
    ? {
        state: "down",
        detail:
          "The audit record has not reached its sink for a minute: it is kept, and sent once it does. Check TOCSIN_AUDIT_SINK.",
      }
    : { state: "up", detail: "The audit record reaches its sink." };

async function isAnswering(knex: Knex): Promise<boolean> {
  const query = knex.raw("SELECT 1").then(
    () => true,
    () => false,
  );
  return await within(query, DEADLINE, () => false);
}
