import type { Knex } from "knex";
import { sendOwnText } from "../../channels/own-text.ts";
import type { Registry, Running } from "../../channels/registry.ts";
import type { Logger } from "../../config/log.ts";
import { every, type Loop, whileFull } from "../../node/every.ts";
import { record } from "../../store/audit/record.ts";
import { actAs, switchActor, type Transaction } from "../../store/db/knex.ts";

/** What somebody is told about their own account, in words. */
const CHANGES = {
  password: "Your password was set anew.",
  identity: "Your account was linked to a sign-in at your organisation's provider, or that link was changed.",
  email: "The email by which you sign in was changed.",
  passkey: "A passkey was added to your account, or taken off.",
  factor: "Your authenticator or its recovery codes were changed, or it was taken off.",
  sessions: "An administrator has signed you out everywhere.",
  device: "Somebody signed in to your account in a browser where you had not signed in before.",
  push: "A browser was added on which you are told of what comes, and on which it can be acknowledged. Preferences in Tocsin lists them.",
  delegate:
    "Who covers you was changed, or whether it comes to them instead of by your own channels outside. The top of each page in Tocsin says what holds now.",
  unsubscribe:
    "A mail program said that you want no more by one of your channels but what is critical. Preferences in Tocsin says by which, and has it back.",
  invitation: "An administrator made a link by which your password can be set anew.",
} as const;
export type AccountChange = keyof typeof CHANGES;

/** Whom a notice reaches, and where. */
export interface Addressee {
  id: string;
  email: string;
}

/** Notes that somebody is to be told of a change of their account, in the transaction of that change. */
export async function noteChange(
  trx: Transaction,
  { id, email }: Addressee,
  change: AccountChange,
): Promise<void> {
  await trx("account_notices").insert({ user_id: id, address: email, change });
}

export interface AccountNoticesDeps {
  knex: Knex;
  channels: Pick<Registry, "get">;
}

/** How often a node looks for what is to be told; ms. */
const EVERY = 2_000;
const AT_ONCE = 20;
/** Tries at a server that takes nothing now: with twice the wait after each, a day of them. */
const MOST_TRIES = 10;

/** Tells people by email, where that channel is on, what happened to their account. Any number of nodes may run it. */
export function startAccountNotices(deps: AccountNoticesDeps & { log: Logger }): Loop {
  const round = (stopping: AbortSignal): Promise<void> => sendAccountNotices(deps, stopping);
  return every(EVERY, round, (err) => deps.log.warn({ err }, "notices about accounts could not be sent"));
}

/**
 * Sends what is due: each at least once, and once more only where a node ended before it could note that it had. Where the channel is off, what
 * is over a day old is dropped.
 */
export async function sendAccountNotices(
  { knex, channels }: AccountNoticesDeps,
  stopping: AbortSignal,
): Promise<void> {
  const email = channels.get("email");
  if (email === undefined) return await dropOld(knex);
  await whileFull(
    AT_ONCE,
    stopping,
    () => claim(knex),
    (due) => Promise.all(due.map((one) => send(knex, email, one))),
  );
}

const dropOld = (knex: Knex): Promise<void> =>
  actAs(knex, "relay", async (trx) => {
    await trx("account_notices").whereRaw("made_at < now() - interval '1 day'").delete();
  });

interface Due {
  id: string;
  user_id: string;
  address: string;
  change: string;
  tries: number;
}

/** Takes what is due until its next try, which is longer than an email may take. */
const claim = (knex: Knex): Promise<Due[]> =>
  actAs(knex, "relay", async (trx) => {
    const { rows } = await trx.raw<{ rows: Due[] }>(
      `UPDATE account_notices SET tries = tries + 1, next_try_at = clock_timestamp() + interval '2 minutes' * 2 ^ tries
       WHERE id IN (SELECT id FROM account_notices WHERE next_try_at <= clock_timestamp() ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED)
       RETURNING id, user_id, address, change, tries`,
      [AT_ONCE],
    );
    return rows;
  });

async function send(knex: Knex, email: Running, due: Due): Promise<void> {
  const address = email.address(due.address);
  const words = isKnown(due.change) ? CHANGES[due.change] : null;
  // A newer node noted it, and has the words.
  if (words === null) return;
  if (address === null) return await end(knex, due, { sent: false, reason: "no_address" });
  const { status, reason } = await sendOwnText(
    email,
    { userId: due.user_id, address },
    {
      purpose: "account",
      title: "Your Tocsin account was changed",
      text: `${words} If you did not expect this, tell your administrator at once.`,
    },
  );
  // The server takes nothing now.
  if (status === "queued" && due.tries < MOST_TRIES) return;
  await end(knex, due, { sent: status === "accepted" || status === "delivered", reason });
}

const isKnown = (change: string): change is AccountChange => Object.hasOwn(CHANGES, change);

/** Takes a notice away, and puts on record what became of it. */
const end = (
  knex: Knex,
  { id, user_id, change }: Due,
  { sent, reason }: { sent: boolean; reason: string | null },
): Promise<void> =>
  actAs(knex, "relay", async (trx) => {
    const gone = await trx("account_notices").where({ id }).delete();
    if (gone === 0) return;
    await switchActor(trx, "sign-in");
    await record(trx, "sign-in", {
      ...{ action: "notice.send", outcome: sent ? "ok" : "failed", objectId: user_id },
      payload: { notice: change, reason },
    });
  });
