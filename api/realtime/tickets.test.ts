import pg from "pg";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { demoUser, Person } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";

const Ticket = z.strictObject({ ticket: z.string().min(40), expires_in: z.literal(30) });

describe("a realtime ticket", () => {
  let site: Site;
  let node: Program;
  let person: Person;

  beforeAll(async () => {
    site = await createSite();
    node = await site.start({ role: "api" });
    person = await Person.signIn(node.url, demoUser(await site.demo(), "clinician"));
  });
  afterAll(() => site.close());

  const issue = async (): Promise<string> => {
    const response = await person.fetch("/api/realtime/tickets", { method: "POST" });
    expect(response.status).toBe(201);
    return Ticket.parse(await response.json()).ticket;
  };

  /** What a socket without a cookie hears for a ticket: the first frame's type, or the code that closed it. */
  const present = async (ticket: string): Promise<string | number> => {
    const socket = new WebSocket(`${node.url.replace("http", "ws")}/api/realtime`, PROTOCOL);
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "auth", ticket }));
    const heard = await Promise.race([
      once(socket, "message").then(
        ([data]): string => z.object({ type: z.string() }).parse(JSON.parse(String(data))).type,
      ),
      once(socket, "close").then(([code]): number => Number(code)),
    ]);
    socket.terminate();
    return heard;
  };

  it("opens one socket, and no second one", async () => {
    const ticket = await issue();
    expect(await present(ticket)).toBe("hello");
    expect(await present(ticket)).toBe(4401);
  });

  it("is good for 30 s", async () => {
    const ticket = await issue();
    const owner = new pg.Client({ connectionString: site.databaseUrl });
    await owner.connect();
    await owner.query("SELECT set_config('app.actor', 'sign-in', false)");
    const { rows } = await owner.query(
      "UPDATE realtime_tickets SET expires_at = expires_at - interval '30 seconds' RETURNING 1",
    );
    await owner.end();
    expect(rows).toHaveLength(1);
    expect(await present(ticket)).toBe(4401);
  });

  it("ends with the session that it was issued for", async () => {
    const other = await Person.signIn(node.url, demoUser(await site.demo(), "clinician"));
    const response = await other.fetch("/api/realtime/tickets", { method: "POST" });
    const { ticket } = Ticket.parse(await response.json());
    expect((await other.fetch("/api/sessions", { method: "DELETE" })).status).toBe(204);
    expect(await present(ticket)).toBe(4401);
  });

  it("is nothing that can be made up", async () => {
    expect(await present("x".repeat(43))).toBe(4401);
  });
});
