import { z } from "zod";
import type { Transaction } from "../db/knex.ts";
import { SettingChanges } from "../settings.ts";

/** An OpenID provider's subject. */
export const Identity = z.strictObject({ issuer: z.url().max(500), subject: z.string().min(1).max(255) });
export type Identity = z.infer<typeof Identity>;

/** Roles in the whole installation. */
export const InInstallation = z.enum(["admin", "auditor"]);
export type InInstallation = z.infer<typeof InInstallation>;

/** What one admin alone may not do to a person. */
export const GuardedChange = z.strictObject({
  grant: z.array(InInstallation).optional(),
  revoke: z.array(InInstallation).optional(),
  identity: Identity.nullable().optional(),
  email: z.email().max(320).optional().describe("Of somebody with a role in the installation"),
  second_factor: z.literal(false).optional(),
  disabled: z
    .boolean()
    .optional()
    .describe(
      "true: of an auditor, or an admin who can sign in; false: of somebody with a role in the installation",
    ),
  invitation: z.literal(true).optional().describe("For somebody who can sign in already"),
});
export type GuardedChange = z.infer<typeof GuardedChange>;

/** What one admin alone may not do to a territory: settings by which less is redacted, or originals are kept for another time. */
export const GuardedSettings = z.strictObject({ settings: SettingChanges });
export type GuardedSettings = z.infer<typeof GuardedSettings>;

/** Whom or what a guarded change is about. */
export type GuardedSubject =
  | { kind: "person"; id: string; change: GuardedChange }
  | { kind: "territory"; id: string; change: GuardedSettings };

/** How long a change waits for another admin; ms. */
const LIFE = 7 * 86_400_000;

/** A change that one admin asked for, and that waits for another. */
export interface PendingChange {
  id: string;
  kind: "person" | "territory";
  subject_id: string;
  subject_name: string;
  /** Those whom a territory's settings would name, or name no more. */
  people: { user_id: string; name: string }[];
  change: unknown;
  asked_by: string;
  asker_name: string;
  asked_at: Date;
  expires_at: Date;
}

/** Where settings name people. */
const NAMED = ["from", "to"].flatMap((side) => [`last_resort,${side},user_id`, `privacy_officer,${side}`]);

/** Those that wait, the first asked for first. */
export const openChanges = (trx: Transaction) =>
  trx<PendingChange>("pending_changes")
    .whereNull("over_at")
    .where("expires_at", ">", new Date())
    .orderBy(["asked_at", "id"])
    .select("id", "kind", "subject_id", "change", "asked_by", "asked_at", "expires_at")
    .select({
      subject_name: trx.raw(
        `CASE kind WHEN 'person' THEN (SELECT name FROM users WHERE users.id = pending_changes.subject_id)
           ELSE (SELECT name FROM territories WHERE territories.id = pending_changes.subject_id) END`,
      ),
      asker_name: trx.raw("(SELECT name FROM users WHERE users.id = pending_changes.asked_by)"),
      people: trx.raw(
        `(SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', users.id, 'name', users.name) ORDER BY users.id), '[]') FROM users
           WHERE users.id IN (${NAMED.map((path) => `pending_changes.change#>>'{settings,${path}}'`).join(", ")}))`,
      ),
    });

/**
 * Those that wait, the first asked for first. Of more than `most` it leaves out the last of whoever asked for most, so that nobody's are hidden by another's.
 */
export async function openChangesFairly(trx: Transaction, most: number): Promise<PendingChange[]> {
  const turns = openChanges(trx)
    .clearOrder()
    .select(trx.raw("row_number() OVER (PARTITION BY asked_by ORDER BY asked_at, id) AS turn"));
  const shown = trx.from(turns.as("turns")).orderBy(["turn", "asked_at", "id"]).limit(most).select("id");
  return await openChanges(trx).whereIn("id", shown);
}

/** Notes a change that another admin has to confirm; one that waits already, from the same admin, is not noted twice. */
export async function askChange(
  trx: Transaction,
  askedBy: string,
  subject: GuardedSubject,
): Promise<Pick<PendingChange, "id">> {
  const same = await openChanges(trx)
    .where({ kind: subject.kind, subject_id: subject.id, asked_by: askedBy })
    .whereRaw("change = ?::jsonb", [JSON.stringify(subject.change)])
    .first();
  if (same !== undefined) return same;
  const [made] = await trx("pending_changes")
    .insert({
      kind: subject.kind,
      subject_id: subject.id,
      change: JSON.stringify(subject.change),
      asked_by: askedBy,
      // After what the same call has done to its subject.
      asked_at: trx.raw("clock_timestamp()"),
      expires_at: new Date(Date.now() + LIFE),
    })
    .returning<{ id: string }[]>("id");
  if (made === undefined) throw new Error("a pending change was not written");
  return made;
}

/** Notes a change that was made by the only admin there was: whose making somebody is stays known when that somebody is no admin any more. */
export async function noteMade(
  trx: Transaction,
  madeBy: string,
  { kind, id, change }: GuardedSubject,
): Promise<void> {
  const now = new Date();
  await trx("pending_changes").insert({
    ...{ kind, subject_id: id, change: JSON.stringify(change), asked_by: madeBy },
    ...{ expires_at: now, over_at: now, confirmed: true },
  });
}

/** Ends a change. */
export async function closeChange(
  trx: Transaction,
  id: string,
  how: "confirmed" | "withdrawn",
): Promise<void> {
  await trx("pending_changes")
    .where({ id })
    .update({ over_at: new Date(), confirmed: how === "confirmed" });
}

/** Admins who can sign in: nobody else could confirm anything. */
export async function activeAdmins(trx: Transaction): Promise<Set<string>> {
  const admins: { id: string }[] = await trx("memberships")
    .join("users", "users.id", "memberships.user_id")
    .whereNull("memberships.territory_id")
    .where("memberships.role", "admin")
    .whereNull("users.disabled_at")
    .where((can) =>
      can
        .whereNotNull("users.password_hash")
        .orWhereExists(
          trx("user_identities").whereRaw("user_identities.user_id = users.id").select("user_id"),
        ),
    )
    .select("users.id");
  return new Set(admins.map(({ id }) => id));
}

/**
 * How an admin is tied to another one, from not at all to the closest: `line`, the other owes their role to this one by way of others; `kin`, directly,
 * or somebody had both made admins, who had not made every one; `owed`, this one's role is owed to the other, directly or by way of others.
 */
export const TIES = ["none", "line", "kin", "owed"] as const;
export type Tie = (typeof TIES)[number];

/**
 * The tie of each admin to one of them. A role is owed to who asked for it, once another admin confirmed that; where nobody had to, to who gave it.
 * @param active admins who can sign in
 */
export async function tiesTo(
  trx: Transaction,
  userId: string,
  active: ReadonlySet<string>,
): Promise<(id: string) => Tie> {
  const given: { user_id: string; because_of: string[] }[] = await trx("memberships")
    .whereNull("territory_id")
    .where("role", "admin")
    .select("user_id", "because_of");
  const asked: { subject_id: string; asked_by: string }[] = await trx("pending_changes")
    .where({ kind: "person", confirmed: true })
    .whereRaw("jsonb_exists(change->'grant', 'admin')")
    .select("subject_id", "asked_by");
  const makersOf = (id: string): string[] => {
    const askers = asked.filter(({ subject_id }) => subject_id === id).map(({ asked_by }) => asked_by);
    return askers.length > 0 ? askers : (given.find(({ user_id }) => user_id === id)?.because_of ?? []);
  };
  const lineOf = (id: string, known = new Set<string>()): Set<string> => {
    for (const maker of makersOf(id)) if (!known.has(maker)) lineOf(maker, known.add(maker));
    return known;
  };
  const lines = new Map([...active].map((id) => [id, lineOf(id).add(id)]));
  const line = lineOf(userId);
  const makers = new Set(makersOf(userId));
  const telling = [...line].filter((maker) => ![...lines.values()].every((other) => other.has(maker)));
  return (id) => {
    const theirs = lineOf(id);
    if (theirs.has(userId)) return "owed";
    if (makers.has(id) || telling.some((maker) => theirs.has(maker))) return "kin";
    return line.has(id) ? "line" : "none";
  };
}
