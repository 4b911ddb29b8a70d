import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import { Person } from "../../testing/client.ts";
import {
  aContactPoint,
  aPerson,
  aPolicy,
  aService,
  aTerritory,
  type TestPerson,
} from "../../testing/nouns.ts";

export interface Ward {
  territory: string;
  clinicians: Member[];
  supervisors: Member[];
}

export interface Member {
  id: string;
  /** Signed in, where a device of theirs follows the inbox; null for one who has a pager instead. */
  person: Person | null;
}

const CLINICIANS = 4;
const SUPERVISORS = 2;
/** When an alert's steps are due; s. */
const STEP = 4;

/** Two territories: clinicians and supervisors with a device each, and a clinician who has a pager alone. */
export async function makePeople(knex: Knex, urls: string[]): Promise<{ wards: Ward[]; key: string }> {
  let made = 0;
  const member = async (territory: string, role: TestPerson["role"]): Promise<Member> => {
    const url = must(urls[made++ % urls.length], "node");
    const one = await aPerson({ knex }, { role, territory, password: "correct horse battery" });
    return {
      id: one.id,
      person: await Person.signIn(url, { email: one.email, password: "correct horse battery" }),
    };
  };
  const ward = async (territory: string): Promise<Ward> => {
    await aTerritory({ knex }, territory);
    const clinicians: Member[] = [];
    const supervisors: Member[] = [];
    for (let n = 0; n < CLINICIANS; n++) clinicians.push(await member(territory, "clinician"));
    for (let n = 0; n < SUPERVISORS; n++) supervisors.push(await member(territory, "supervisor"));
    const away = await aPerson({ knex }, { role: "clinician", territory });
    await aContactPoint({ knex }, { person: away.id, channel: "pager", address: away.id });
    clinicians.push({ id: away.id, person: null });
    const steps = [
      { after_seconds: STEP, to: { role: "supervisor" as const } },
      { after_seconds: STEP, to: { recipient: true as const } },
    ];
    await aPolicy({ knex }, { territory, rules: { steps, repeat: 0, acknowledgers: 1 } });
    return { territory, clinicians, supervisors };
  };
  const wards = [await ward("east-ward"), await ward("west-ward")];
  const { key } = await aService({ knex }, { territories: wards.map(({ territory }) => territory) });
  return { wards, key };
}
