import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { LookupAddress } from "node:dns";
import { expect, it } from "vitest";
import { startNameServer } from "../../testing/name-server.ts";
import { createResolve } from "./resolve.ts";

it("asks name servers for a webhook's host, and the machine for one that the operator lists", async () => {
  const { address } = await startNameServer(["203.0.113.7"]);
  const resolve = createResolve(new Set(["localhost"]), [address]);
  const ask = (host: string): Promise<LookupAddress[]> =>
    new Promise((done, fail) => {
      resolve(host, { all: true }, (error, found) => (error === null ? done(found) : fail(error)));
    });
  expect(await ask("lab.west.example")).toEqual([{ address: "203.0.113.7", family: 4 }]);
  // The name server would have said otherwise.
  expect((await ask("localhost")).map(({ address }) => address)).not.toContain("203.0.113.7");
});

it("says so where no name server answers", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const nobody = `127.0.0.1:${socket.address().port}`;
  socket.close();
  await once(socket, "close");
  const resolve = createResolve(new Set(), [nobody]);
  const code = await new Promise((done) => {
    resolve("lab.west.example", { all: true }, (error) => done(error?.code));
  });
  expect(code).toMatch(/^E(CONNREFUSED|TIMEOUT)$/);
});
