import { isPostgresError, type Transaction } from "../../store/db/knex.ts";
import { ScimPerson } from "../../store/models/Scim.ts";
import { User } from "../../store/models/User.ts";
import { disable, setEmail, type Told } from "../users/person-changes.ts";
import { nameFrom, type PersonAttributes } from "./attributes.ts";
import { badValue, beyond, ScimError, toScimError } from "./error.ts";
import type { KeptPerson } from "./kept.ts";

const TAKEN = "Somebody has this email already: look them up by userName, or see an administrator.";

/**
 * Writes who somebody is; answers whom to tell of another email.
 * @param refusal what was refused of `wanted` when it was read
 * @throws ScimError
 */
export async function writePerson(
  trx: Transaction,
  user: User,
  wanted: PersonAttributes,
  refusal: ScimError | null,
): Promise<Told[]> {
  refuseIf(refusal);
  if (wanted.userName === null) throw badValue("userName can't be taken away.");
  const told = await move(trx, user, wanted.userName);
  const name = nameFrom(wanted.names, wanted.userName);
  if (name !== user.name && hasNames(wanted)) await User.query(trx).findById(user.id).patch({ name });
  await ScimPerson.query(trx)
    .findById(user.id)
    .patch({ external_id: wanted.externalId, names: wanted.names, updated_at: new Date() });
  return told;
}

/** Does something as a whole, or nothing of it where it is refused; answers that for the record. */
export async function unlessRefused(
  trx: Transaction,
  write: (trx: Transaction) => Promise<Told[]>,
): Promise<{ told: Told[]; refused: { refused?: { status: number; problem: string | null } } }> {
  try {
    return { told: await trx.transaction(write), refused: {} };
  } catch (error) {
    const { status, scimType } = toScimError(error);
    if (status >= 500) throw error;
    return { told: [], refused: { refused: { status, problem: scimType } } };
  }
}

export function refuseIf(refusal: ScimError | null): void {
  if (refusal !== null) throw refusal;
}

/**
 * Gives somebody another email: a newcomer whom the directory made and who has nothing but by its groups. Else whoever has the token could
 * take over an account, or what an administrator meant for a newcomer.
 */
async function move(trx: Transaction, user: User, email: string): Promise<Told[]> {
  if (email === user.email) return [];
  const { rows } = await trx.raw("SELECT scim_moves(?) AS moves", [user.id]);
  if (rows[0].moves !== true)
    throw beyond(
      "Somebody signs in by this email, was made or has been given something by the house: an administrator changes it.",
    );
  return await unlessTaken(() => setEmail(trx, user, email));
}

/** Disables somebody as an admin does: sessions, sockets and invitations end, and they have no turn on call. */
export async function takeAway(trx: Transaction, { user }: KeptPerson): Promise<void> {
  await disable(trx, user);
  await ScimPerson.query(trx).findById(user.id).patch({ disabled: true });
}

export async function setActive(
  trx: Transaction,
  before: KeptPerson,
  active: boolean | null,
): Promise<{ disabled?: boolean }> {
  const { user, kept } = before;
  const isActive = user.disabled_at === null;
  if (active === null || active === isActive) return {};
  if (!active) {
    await takeAway(trx, before);
    return { disabled: true };
  }
  if (kept?.disabled !== true)
    throw beyond("An administrator has disabled this person, and an administrator brings them back.");
  await User.query(trx).findById(user.id).patch({ disabled_at: null });
  await ScimPerson.query(trx).findById(user.id).patch({ disabled: false });
  return { disabled: false };
}

/** @throws ScimError 409 where the email is somebody else's */
export async function unlessTaken<T>(work: () => PromiseLike<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (
      isPostgresError(error, "23505") ||
      (error instanceof Error && "kind" in error && error.kind === "conflict")
    )
      throw new ScimError(409, TAKEN, "uniqueness");
    throw error;
  }
}

const hasNames = ({ names }: PersonAttributes): boolean => Object.keys(names).length > 0;
