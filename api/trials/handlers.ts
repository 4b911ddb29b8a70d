import type { Bridge } from "../../channels/websocket/bridge.ts";
import { laneOf } from "../../channels/contract.ts";
import type { Starter } from "../../node/starter.ts";
import { actAs } from "../../store/db/knex.ts";
import { Membership } from "../../store/models/User.ts";
import { forbidden } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import type { RateLimits } from "../middleware/limits.ts";
import { type AcceptDeps, createAccept } from "../notifications/accept.ts";
import type { Intake } from "../notifications/addressees.ts";
import { OWN_SERVICE } from "../notifications/own-sends.ts";
import type { trials } from "./routes.ts";
import type { Trial } from "./schema.ts";

export interface TrialDeps extends AcceptDeps {
  starter: Pick<Starter, "start" | "answers">;
  bridge: Pick<Bridge, "echo" | "state">;
  limits: Pick<RateLimits, "trials">;
}

/** After this long a test notification has expired; ms. */
const GONE_AFTER = 10 * 60_000;

/** Answers the call by which somebody finds out where a notification to them gets stuck. */
export function trialHandlers({ starter, bridge, limits, ...deps }: TrialDeps): Handlers<typeof trials> {
  const { accept } = createAccept(deps);
  return {
    create: async ({ caller: { userId } }) => {
      const place = await actAs(deps.knex, `user:${userId}`, (trx) =>
        Membership.query(trx)
          .where({ user_id: userId, active: true })
          .whereNotNull("territory_id")
          .orderBy("territory_id")
          .first(),
      );
      const territory = place?.territory_id ?? null;
      if (territory === null) throw forbidden("You have no inbox: you have no role in a territory.");
      await limits.trials.take(userId);
      const body = testFor(userId, territory);
      const service = { serviceId: OWN_SERVICE, keyId: "", territories: new Set([territory]) };
      const { id } = await accept(service, body, { user_id: userId }, undefined);
      const [bus, temporal] = await Promise.all([
        timed(() => bridge.echo()),
        timed(() => starter.answers()),
        starter.start(id, body.lane),
      ]);
      if (bridge.state() === "none") bus.state = "not_configured";
      return { status: 202, body: { notification_id: id, bus, temporal } };
    },
  };
}

/** What is high comes by itself, in no digest. */
const testFor = (user_id: string, territory_id: string): Intake => ({
  user_id,
  territory_id,
  category: "system_message",
  priority: "high",
  lane: laneOf("high"),
  role: null,
  onCallRole: null,
  topic: null,
  isBroadcast: false,
  title: "Test notification",
  message: "You asked for this on the System page. Nothing is to be done.",
  known: [],
  metadata: {},
  channels: ["websocket"],
  expires_at: new Date(Date.now() + GONE_AFTER),
});

async function timed(ask: () => Promise<boolean>): Promise<Trial["bus"]> {
  const began = performance.now();
  const answered = await ask();
  return answered ? { state: "up", ms: performance.now() - began } : { state: "down", ms: null };
}
