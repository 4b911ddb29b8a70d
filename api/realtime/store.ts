import type { Knex } from "knex";
import type { InboxStore } from "../../channels/websocket/gateway.ts";
import type { ActAnswer, SocketOwner } from "../../channels/websocket/ports.ts";
import type { Act, ActResult } from "../../store/transitions/act.ts";
import {
  begin,
  beginWithin,
  changesAfter,
  position,
  positionWithin,
} from "../../store/notifications/inbox.ts";
import { receive } from "../../store/transitions/receive.ts";
import { actAs } from "../../store/db/knex.ts";
import { readerOf, touchSession } from "../../store/people/sessions.ts";
import { isAlive } from "../../store/people/subject-tokens.ts";
import type { UnderWay } from "../middleware/under-way.ts";
import type { InboxService } from "../notifications/inbox.ts";
import { presentNotification } from "../notifications/present.ts";

interface StoreDeps {
  knex: Knex;
  /** Connections for what sockets read. When thousands connect again at once, they wait for one another, and no send waits for them. */
  reads: Knex;
  inbox: InboxService;
  underWay: Pick<UnderWay, "turnOf">;
}

/** The gateway's way to the store: each call is made as the person whose socket it is. */
export function createInboxStore({ knex, reads, inbox, underWay }: StoreDeps): InboxStore {
  const told = ({ kind }: ActResult): "ok" | "not_found" | "conflict" => {
    if (kind === "done") return "ok";
    // What has to be read back is acknowledged by HTTP alone.
    return kind === "read_back" ? "conflict" : kind;
  };
  /** An open socket keeps no session alive; a person's act on it does. */
  const personal = async (person: SocketOwner, id: string, what: Act): Promise<ActAnswer> => {
    // A revocation reaches an open socket a moment later; until then an act must not count on it.
    if (!(await isAlive(knex, person))) return "signed_out";
    if (person.subject === undefined) await touchSession(knex, person.sessionId);
    return told(await inbox.act(person, id, what));
  };
  /** What sockets change stands in line with their person's calls: fifty sockets must not take the connections that all work goes by. */
  const inTurn = <T>({ userId }: { userId: string }, work: () => Promise<T>): Promise<T> =>
    underWay.turnOf(`user:${userId}`, "changes", work);
  return {
    begin: (owner) =>
      actAs(reads, readerOf(owner), (trx) =>
        owner.subject === undefined ? begin(trx, owner.userId) : beginWithin(trx, owner.userId),
      ),
    position: (owner) =>
      actAs(reads, readerOf(owner), (trx) =>
        owner.subject === undefined ? position(trx, owner.userId) : positionWithin(trx, owner.userId),
      ),
    changesAfter: async ({ userId, subject }, after, limit) => {
      const token = subject?.tokenId ?? null;
      const { changes, counts } = await changesAfter(reads, userId, after, limit, token);
      await inbox.complete(reads, { userId }, changes);
      return { changes: changes.map(presentNotification), counts };
    },
    received: ({ userId, subject }, device, seen) =>
      inTurn({ userId }, () => receive(knex, userId, device, seen, subject?.tokenId ?? null)),
    acknowledge: (person, id) => inTurn(person, () => personal(person, id, { kind: "acknowledge" })),
    dismiss: (person, id) => inTurn(person, () => personal(person, id, { kind: "dismiss" })),
  };
}
