import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { type Answer, as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { aPerson, type TestPerson } from "../../testing/nouns.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { User } from "../users/schema.ts";
import { PendingChangeList } from "./schema.ts";

export const PASSWORD = "a long enough password";
export const IDENTITY = { issuer: "https://login.example", subject: "somebody" };

export let hospital: Hospital;
export let server: TestServer;
export let owner: pg.Client;
export let [one, two, three]: TestPerson[] = [];

/** Has a file's tests share a hospital with three more admins; before each of them no change waits, and nobody is disabled. */
export function useAdmins(): void {
  beforeAll(async () => {
    hospital = await createHospital();
    server = await startServer(hospital);
    owner = await hospital.owner(
      "audit_events",
      "memberships",
      "users",
      "pending_changes",
      "second_factors",
      "sessions",
      "taken_roles",
    );
    for (const id of ["admin-1", "admin-2", "admin-3"])
      await aPerson(hospital, { id, role: "admin", password: PASSWORD });
    [one, two, three] = ["admin-1", "admin-2", "admin-3"].map((id) => ({
      id,
      email: `${id}@tocsin.example`,
      password: PASSWORD,
      role: "admin" as const,
      territory: null,
    }));
  });
  afterAll(async () => {
    await server.stop();
    await hospital.close();
  });
  beforeEach(async () => {
    await owner.query("UPDATE pending_changes SET over_at = now()");
    await owner.query("UPDATE users SET disabled_at = NULL");
    await owner.query("DELETE FROM memberships WHERE role = 'auditor' AND user_id <> 'auditor'");
  });
}

export const by = (person: TestPerson | undefined) => as(person ?? { id: "" });
export const change = (id: string, body: object, admin = one): Promise<Answer> =>
  server.patch(`/api/users/${id}`, body, by(admin));
/** Asks for a change that waits; answers its id. */
export async function ask(id: string, body: object, admin = one): Promise<string> {
  const answer = await change(id, body, admin);
  expect(answer.status).toBe(202);
  return answer.read(User).pending_changes.at(-1)?.change_id ?? "";
}
export const confirm = (id: string, admin: TestPerson | undefined): Promise<Answer> =>
  server.post(`/api/changes/${id}/confirm`, undefined, by(admin));
export const read = async (id: string): Promise<User> =>
  (await server.get(`/api/users/${id}`, by(one))).read(User);
export const waiting = async () =>
  (await server.get("/api/changes", by(two))).read(PendingChangeList).changes;
export const events = async (action: string): Promise<Record<string, unknown>[]> =>
  (await owner.query("SELECT * FROM audit_events WHERE action = $1 ORDER BY id", [action])).rows;
