import { afterAll, beforeAll, expect, it } from "vitest";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";

let hospital: Hospital;
let server: TestServer;
beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital, {});
});
afterAll(async () => {
  await server.stop();
  await hospital.close();
});

it("reads no more than 16 KiB of whoever shows nothing", async () => {
  const post = (password: string): Promise<Response> =>
    fetch(`${server.url}/api/sessions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ email: "nobody@example.com", password }),
    });
  expect((await post("p".repeat(16_384))).status).toBe(413);
  expect((await post("p".repeat(10_000))).status).not.toBe(413);
});
