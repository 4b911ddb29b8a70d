import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { as } from "../../testing/calls.ts";
import { setClock } from "../../testing/clock.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

const Ticket = z.strictObject({ ticket: z.string().min(40), expires_in: z.literal(30) });

describe("a realtime ticket", () => {
  let hospital: Hospital;
  let server: TestServer;

  beforeAll(async () => {
    hospital = await createHospital();
    server = await startServer(hospital);
  });
  afterAll(async () => {
    await server.stop();
    await hospital.close();
  });

  const issue = async (person = hospital.people.north1): Promise<string> => {
    const answer = await server.post("/api/realtime/tickets", undefined, as(person));
    expect(answer.status).toBe(201);
    return answer.read(Ticket).ticket;
  };

  /** The answer to a ticket on a socket without a cookie: the first frame's type, or the code that closed it. */
  const present = async (ticket: string): Promise<string | number> => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, PROTOCOL);
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
    const owner = await hospital.owner("realtime_tickets");
    const { rows } = await owner.query(
      "UPDATE realtime_tickets SET expires_at = expires_at - interval '30 seconds' RETURNING 1",
    );
    expect(rows).toHaveLength(1);
    expect(await present(ticket)).toBe(4401);
  });

  it("is timed by PostgreSQL's clock, however far off the clocks are of the node that issues it and of the one that takes it", async () => {
    onTestFinished(() => setClock(0));
    const [behind, ahead] = [-300_000, 300_000];
    for (const [issuing, taking] of [
      [behind, 0],
      [0, ahead],
    ]) {
      setClock(issuing ?? 0);
      const ticket = await issue();
      setClock(taking ?? 0);
      expect(await present(ticket)).toBe("hello");
    }
  });

  it("ends with the session that it was issued for", async () => {
    const other = hospital.people.north2;
    const ticket = await issue(other);
    expect((await server.delete("/api/sessions", as(other))).status).toBe(204);
    expect(await present(ticket)).toBe(4401);
  });

  it("is nothing that can be made up", async () => {
    expect(await present("x".repeat(43))).toBe(4401);
  });

  it("costs no look-up where it was made up", async () => {
    const asked: string[] = [];
    const note = ({ sql }: { sql: string }): void => void asked.push(sql);
    hospital.knex.on("query", note);
    onTestFinished(() => void hospital.knex.off("query", note));
    for (let n = 0; n < 3; n++) expect(await present(`${"x".repeat(43)}.${"y".repeat(22)}`)).toBe(4401);
    expect(asked.filter((sql) => sql.includes("realtime_tickets"))).toEqual([]);
  });
});
