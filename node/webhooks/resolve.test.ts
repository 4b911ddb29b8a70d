import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { LookupAddress } from "node:dns";
import { expect, it, onTestFinished } from "vitest";
import { createResolve } from "./resolve.ts";

/** A name server that answers each question for an A record with one address, and any other with none. */
async function startNameServer(address: [number, number, number, number]): Promise<string> {
  const socket = createSocket("udp4");
  socket.on("message", (question, { address: to, port }) => {
    const end = question.indexOf(0, 12) + 5;
    const isA = question.readUInt16BE(end - 4) === 1;
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address]);
    socket.send(Buffer.concat([head, question.subarray(12, end), isA ? answer : Buffer.alloc(0)]), port, to);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

it("asks name servers for a webhook's host, and the machine for one that the operator lists", async () => {
  const resolve = createResolve(new Set(["localhost"]), [await startNameServer([203, 0, 113, 7])]);
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
