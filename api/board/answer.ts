import { etagOf, isKnown } from "../http/etag.ts";
import { broadcastCount } from "../notifications/present.ts";
import type { Board as Read, BoardAlert, BoardStep } from "../../store/notifications/board.ts";
import type { Board } from "./schema.ts";

/** A board as an answer; without a body for a caller who has it already, whatever time it is meanwhile. */
export function answerBoard(
  { at, alerts, more }: Read,
  territories: Board["territories"],
  ifNoneMatch: string | undefined,
) {
  const content = { territories, alerts: alerts.map(present), more };
  const headers = { ETag: etagOf(content) };
  return isKnown(headers.ETag, ifNoneMatch)
    ? { status: 304 as const, headers }
    : { status: 200 as const, headers, body: { at: at.toISOString(), ...content } };
}

const person = ({ id, name }: { id: string; name: string }): { user_id: string; name: string } => ({
  user_id: id,
  name,
});

/** A step to come, and whom it would tell. */
export const presentStep = ({
  at,
  lastResort,
  people,
  ...step
}: BoardStep): Board["alerts"][number]["next"] => ({
  ...step,
  at: at.toISOString(),
  last_resort: lastResort,
  people: people.map(person),
});

function present({
  id,
  territoryId,
  recipient,
  recipients,
  acknowledged,
  since,
  told,
  toldCount,
  seenCount,
  next,
  ...rest
}: BoardAlert): Board["alerts"][number] {
  return {
    ...rest,
    notification_id: id,
    territory_id: territoryId,
    recipient: recipient && person(recipient),
    broadcast: broadcastCount({ recipients, acknowledged }),
    since: since.toISOString(),
    told: told.map(({ id: user_id, ...one }) => ({ user_id, ...one })),
    told_count: toldCount,
    seen_count: seenCount,
    next: presentStep(next),
  };
}
