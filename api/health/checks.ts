import type { Knex } from "knex";
import { MOST_SKEW, skewOf } from "../../store/db/clock.ts";
import type { Metrics } from "../../node/metrics.ts";
import type { Steadiness } from "../../node/steadiness.ts";
import type { Starter } from "../../node/starter.ts";
import type { Bridge } from "../../channels/websocket/bridge.ts";

/** The state of one part of the system; `detail` is for a person. */
export interface PartState {
  state: "up" | "down" | "not_configured";
  detail: string;
  /** It came and went within the last minute, whatever it is at this moment. */
  unsteady?: true;
}

export interface HealthDeps {
  knex: Knex;
  starter: Starter;
  bridge: Bridge;
  sockets: () => number;
  metrics: Pick<Metrics, "workflowsFail">;
  /** Whether the audit record reaches its sink late; null where it has none. */
  sinkIsLate: (() => boolean) | null;
  steadiness: Steadiness;
}

/** The state of everything that a notification passes through. */
export async function checkParts(deps: HealthDeps): Promise<Record<string, PartState>> {
  const parts = await lookAt(deps);
  for (const [name, part] of Object.entries(parts)) parts[name] = withSteadiness(part, name, deps.steadiness);
  return parts;
}

/** A service that comes and goes: what it is at this moment says little. */
function withSteadiness(part: PartState, name: string, { note, timesAway }: Steadiness): PartState {
  note(name, part.state !== "down");
  const times = timesAway(name);
  return times === 0
    ? part
    : {
        ...part,
        unsteady: true,
        detail: `It went away ${times} times within the last minute. ${part.detail}`,
      };
}

async function lookAt({
  knex,
  starter,
  bridge,
  sockets,
  metrics,
  sinkIsLate,
}: HealthDeps): Promise<Record<string, PartState>> {
  const [skew, temporal] = await Promise.all([skewOf(knex), starter.answers()]);
  const postgres = skew !== null;
  return {
    postgres: postgres
      ? { state: "up", detail: "Sends are taken." }
      : {
          state: "down",
          detail:
            "PostgreSQL does not answer: sends get 503 until it does. Check that it runs and DATABASE_URL.",
        },
    temporal: temporal
      ? { state: "up", detail: "Sends start at once." }
      : {
          state: "down",
          detail:
            "Temporal does not answer: sends arrive in inboxes, and other channels wait until it does. Check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.",
        },
    workflows: metrics.workflowsFail()
      ? {
          state: "down",
          detail:
            "Workflows failed here in the last five minutes, and are begun anew: alerts may be late. The log names them: runs at level 50, their tasks at 40 and above.",
        }
      : { state: "up", detail: "No workflow failed here in the last five minutes." },
    redis: BUS[bridge.state()],
    ...(skew === null ? {} : { clock: clockState(skew) }),
    ...(sinkIsLate === null ? {} : { audit_sink: sinkState(sinkIsLate()) }),
    websocket: { state: "up", detail: `${sockets()} live connections on this node.` },
  };
}

const BUS: Record<ReturnType<Bridge["state"]>, PartState> = {
  up: { state: "up", detail: "Nodes hear of each other's notifications." },
  down: {
    state: "down",
    detail: "Redis does not answer: live delivery waits and is caught up afterwards. Check REDIS_URL.",
  },
  none: {
    state: "not_configured",
    detail: "There is one node, which needs none. Set REDIS_URL before there are more.",
  },
};

const sinkState = (isLate: boolean): PartState =>
  isLate
    ? {
        state: "down",
        detail:
          "The audit record has not reached its sink for a minute: it is kept, and sent once it does. Check TOCSIN_AUDIT_SINK.",
      }
    : { state: "up", detail: "The audit record reaches its sink." };

/** PostgreSQL's clock says when steps are due and tickets expire; a node's own says when it asks. */
function clockState(skew: number): PartState {
  const seconds = Math.abs(skew / 1_000).toFixed(1);
  return Math.abs(skew) <= MOST_SKEW
    ? { state: "up", detail: "This machine's clock and PostgreSQL's agree." }
    : {
        state: "down",
        detail: `This machine's clock is ${seconds} s ${skew > 0 ? "ahead of" : "behind"} PostgreSQL's: what has to be done at a time may be done late. Check NTP on both.`,
      };
}
