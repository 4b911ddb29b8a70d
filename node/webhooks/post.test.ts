import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createLog } from "../../config/log.ts";
import { createPoster } from "./post.ts";

/** What a receiver does, to how many calls by the time that the first one has ended, and how that one ended. */
async function ending(answer: (response: ServerResponse) => void, timeout = 60_000) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    answer(response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const post = createPoster({ privateHosts: ["127.0.0.1"], log: createLog("silent"), timeout });
  const message = { id: "4f0c3c52-3a1e-4a7e-9a57-0d8b8f1f3c11", at: new Date(), body: "{}" };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { ...(await post({ url, message, keys: [Buffer.alloc(32)] })), asked };
}

it("takes any 2xx as an answer, and nothing else: no redirect is followed", async () => {
  expect(await ending((response) => void response.writeHead(204).end())).toMatchObject({ code: null });
  for (const status of [301, 302, 307, 308])
    expect(
      await ending((response) => void response.writeHead(status, { Location: "/other" }).end()),
    ).toMatchObject({ code: `http_${status}`, gone: false, asked: ["/hook"] });
});

it("says that a receiver is gone, and when another one wants to be asked again", async () => {
  expect(await ending((response) => void response.writeHead(410).end())).toMatchObject({ gone: true });
  expect(
    await ending((response) => void response.writeHead(503, { "Retry-After": "120" }).end()),
  ).toMatchObject({ code: "http_503", gone: false, retryAfterMs: 120_000 });
});

it("waits so long for an answer and all of it, and no longer", async () => {
  expect(await ending(() => undefined, 200)).toMatchObject({ code: "timeout" });
  expect(await ending((response) => void response.writeHead(200).write("{"), 200)).toMatchObject({
    code: "timeout",
  });
});
