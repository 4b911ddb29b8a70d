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
  second_factor: z.literal(false).optional(),
  disabled: z
    .boolean()
    .optional()
    .describe("true: of an admin who can sign in; false: of somebody with a role in the installation"),
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
  change: unknown;
  asked_by: string;
  asked_at: Date;
  expires_at: Date;
}

/** Those that wait, the first asked for first. */
export const openChanges = (trx: Transaction) =>
  trx<PendingChange>("pending_changes")
    .whereNull("over_at")
    .where("expires_at", ">", new Date())
    .orderBy(["asked_at", "id"])
    .select("id", "kind", "subject_id", "change", "asked_by", "asked_at", "expires_at");

/** Notes a change that another admin has to confirm; one that waits already, from the same admin, is not noted twice. */
export async function askChange(
  trx: Transaction,
  askedBy: string,
  subject: GuardedSubject,
): Promise<PendingChange> {
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
      expires_at: new Date(Date.now() + LIFE),
    })
    .returning<PendingChange[]>("*");
  if (made === undefined) throw new Error("a pending change was not written");
  return made;
}

/** Ends a change: it was confirmed, or taken back. */
export async function closeChange(trx: Transaction, id: string): Promise<void> {
  await trx("pending_changes").where({ id }).update({ over_at: new Date() });
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

/** How admins are bound to one of them, who may be of their making or they of that one's. */
export interface BoundAdmins {
  /** Their role is owed to that one, directly or by way of others. */
  owed: Set<string>;
  /** They had that one made an admin, directly or by way of others. */
  makers: Set<string>;
  /** Somebody had both made admins, who had not made every one. */
  siblings: Set<string>;
}

/** @param active admins who can sign in */
export async function adminsBoundTo(
  trx: Transaction,
  userId: string,
  active: ReadonlySet<string>,
): Promise<BoundAdmins> {
  const admins: { user_id: string; because_of: string[] }[] = await trx("memberships")
    .whereNull("territory_id")
    .where("role", "admin")
    .select("user_id", "because_of");
  const grants: { subject_id: string; asked_by: string }[] = await trx("pending_changes")
    .where("kind", "person")
    .whereNotNull("over_at")
    .whereRaw("jsonb_exists(change->'grant', 'admin')")
    .select("subject_id", "asked_by");
  /** Who asked for the role, and who for theirs. Where nobody had to be asked, who gave it. */
  const makersOf = (id: string, known = new Set<string>()): Set<string> => {
    const askers = grants.filter(({ subject_id }) => subject_id === id).map(({ asked_by }) => asked_by);
    const given = admins.find(({ user_id }) => user_id === id)?.because_of ?? [];
    for (const maker of askers.length > 0 ? askers : given)
      if (!known.has(maker)) makersOf(maker, known.add(maker));
    return known;
  };
  const lines = new Map([...active].map((id) => [id, makersOf(id).add(id)]));
  const makers = makersOf(userId);
  const telling = [...makers].filter((maker) => ![...lines.values()].every((line) => line.has(maker)));
  return {
    owed: new Set(
      admins.filter(({ because_of }) => because_of.includes(userId)).map(({ user_id }) => user_id),
    ),
    makers,
    siblings: new Set(
      [...lines].filter(([, line]) => telling.some((maker) => line.has(maker))).map(([id]) => id),
    ),
  };
}
