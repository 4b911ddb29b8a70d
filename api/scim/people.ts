import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { Tokens } from "../../store/crypto/tokens.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { ScimGroupMember, ScimPerson } from "../../store/models/Scim.ts";
import { User } from "../../store/models/User.ts";
import { foldEmail } from "../../store/people/email.ts";
import { invite, type NewInvitation } from "../../store/people/invitations.ts";
import type { Directory } from "../../store/people/scim-tokens.ts";
import { noteAll, type Told } from "../users/person-changes.ts";
import { nameFrom, type PersonAttributes } from "./attributes.ts";
import { writePerson, refuseIf, setActive, takeAway, unlessRefused, unlessTaken } from "./changes.ts";
import { badValue, noResource, type ScimError } from "./error.ts";
import { readFilter } from "./filter.ts";
import { giveByGroups } from "./given.ts";
import { actorOf, type AsDirectory } from "./on-record.ts";
import { attributesOf, findOne, type KeptPerson, pageOf } from "./kept.ts";
import type { Asked } from "./query.ts";

/** What a change came to. */
export interface PersonDone {
  person: KeptPerson;
  invitation: NewInvitation | null;
}

/** Changes attributes as they are into those wanted, as far as they may be; answers the first refusal. */
export type Edit = (attributes: PersonAttributes) => ScimError | null;

/**
 * People, as a directory keeps them. It sees those whom it made or took over, and finds others by their email; never anybody with a role in
 * the installation. Each change goes on record.
 * @throws ScimError
 */
export interface ScimPeople {
  list(directory: Directory, asked: Asked): Promise<{ items: KeptPerson[]; total: number }>;
  find(directory: Directory, id: string): Promise<KeptPerson>;
  /** Makes a person without any role, who sets their own password by the invitation. */
  create(directory: Directory, edit: Edit): Promise<PersonDone>;
  /**
   * Whoever was not kept by a directory is from then on. Where it disables somebody, that is done whatever else it says: the rest is
   * done as a whole or, where any of it is refused, not at all, on record.
   */
  change(directory: Directory, id: string, edit: Edit): Promise<PersonDone>;
  /** Disables somebody, takes what groups gave them, and knows them no longer; the record of their acts stays. */
  remove(directory: Directory, id: string): Promise<void>;
}

export function createScimPeople(
  knex: Knex,
  asDirectory: AsDirectory,
  invitations: Pick<Tokens, "make">,
): ScimPeople {
  return {
    list: (directory, { filter, from, count }) =>
      actAs(knex, actorOf(directory), async (trx) => {
        const found = User.query(trx);
        if (filter === null) void found.whereIn("id", ScimPerson.query(trx).select("user_id"));
        else {
          const wanted = readFilter(filter, ["username", "externalid", "id", "emails.value", "emails"]);
          for (const [name, value] of wanted) {
            if (name === "id") void found.where({ id: value });
            else if (name === "externalid")
              void found.whereIn("id", ScimPerson.query(trx).where({ external_id: value }).select("user_id"));
            else void found.where({ email: foldEmail(value) ?? "" });
          }
        }
        const total = await found.clone().resultSize();
        const users =
          count === 0
            ? []
            : await found
                .orderBy("id")
                .offset(from - 1)
                .limit(count);
        return { items: await pageOf(trx, users), total };
      }),

    find: (directory, id) => actAs(knex, actorOf(directory), (trx) => findOne(trx, id)),

    create: (directory, edit) =>
      asDirectory(directory, "user.create", async (trx) => {
        const wanted: PersonAttributes = { userName: null, externalId: null, names: {}, active: null };
        refuseIf(edit(wanted));
        const { userName: email, names, externalId: external_id } = wanted;
        if (email === null) throw badValue("userName is missing.");
        const id = uuidv7();
        await unlessTaken(() => User.query(trx).insert({ id, email, name: nameFrom(names, email) }));
        await trx("inboxes").insert({ user_id: id });
        await ScimPerson.query(trx).insert({ user_id: id, external_id, names, made: true });
        const before = await findOne(trx, id);
        const invitation = wanted.active === false ? null : await invite(trx, id, invitations);
        if (wanted.active === false) await takeAway(trx, before);
        const person = await findOne(trx, id);
        return { result: { person, invitation }, event: { objectId: id } };
      }),

    change: (directory, id, edit) =>
      asDirectory(directory, "user.update", async (trx) => {
        const before = await findOne(trx, id);
        const { user, kept } = before;
        const wanted = attributesOf(before);
        const refusal = edit(wanted);
        if (kept === null) await ScimPerson.query(trx).insert({ user_id: id });
        const what = await setActive(trx, before, wanted.active);
        const leaves = wanted.active === false;
        const write = (trx: Transaction): Promise<Told[]> => writePerson(trx, user, wanted, refusal);
        const { told, refused } = leaves
          ? await unlessRefused(trx, write)
          : { told: await write(trx), refused: {} };
        await noteAll(trx, told);
        // The invitation before was for the other address.
        const isNew = told.length > 0 && user.disabled_at === null && !leaves;
        const invitation = isNew ? await invite(trx, id, invitations) : null;
        const payload = { linked: kept === null, ...what, ...refused };
        return {
          result: { person: await findOne(trx, id), invitation },
          event: { objectId: id, payload },
        };
      }),

    remove: async (directory, id) => {
      await asDirectory(directory, "user.disable", async (trx) => {
        const before = await findOne(trx, id);
        if (before.kept === null) throw noResource();
        if (before.user.disabled_at === null) await takeAway(trx, before);
        await ScimGroupMember.query(trx).delete().where({ user_id: id });
        const { took } = await giveByGroups(trx, [id]);
        await trx("topic_members").where({ user_id: id, by_hand: false }).delete();
        await trx("topic_members").where({ user_id: id }).update({ by_directory: false });
        await ScimPerson.query(trx).deleteById(id);
        return { result: undefined, event: { objectId: id, payload: { took, unlinked: true } } };
      });
    },
  };
}
