import { once } from "node:events";
import { createServer as createHttps, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import {
  createServer as createTls,
  getCACertificates,
  setDefaultCACertificates,
  TLSSocket,
  type Server as TlsServer,
} from "node:tls";
import { afterEach, expect, test } from "vitest";
import { selfSigned } from "../plugins/email/testing/certificate.ts";
import { EgressError } from "./egress-error.ts";
import { toolsFor } from "./testkit.ts";

const trusted = getCACertificates("default");
const open: (HttpsServer | TlsServer)[] = [];
afterEach(async () => {
  setDefaultCACertificates(trusted);
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: HttpsServer | TlsServer): Promise<number> {
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const trust = (cert: string): void => setDefaultCACertificates([...trusted, cert]);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => (error instanceof EgressError ? [error.code, error.sent] : error));

test("fetch speaks TLS to a host whose certificate is its own and trusted, and to no other", async () => {
  const certificate = selfSigned();
  const port = await listen(createHttps(certificate, (_request, response) => void response.end("taken")));
  const { fetch } = toolsFor({ name: "pager" }, ["localhost", "127.0.0.1"]);
  const answer = async (host: string): Promise<string> => (await fetch(`https://${host}:${port}/`)).text();
  expect(await codeOf(answer("localhost"))).toEqual(["connect_failed", false]);
  trust(selfSigned().cert);
  expect(await codeOf(answer("localhost"))).toEqual(["connect_failed", false]);
  trust(certificate.cert);
  expect([await answer("localhost"), await answer("127.0.0.1")]).toEqual(["taken", "taken"]);
});

test("connect does the same, and hands over the encrypted connection", async () => {
  const certificate = selfSigned();
  const port = await listen(createTls(certificate, (socket) => void socket.resume().end("220 ready")));
  const { connect } = toolsFor({ name: "pager" }, ["localhost", "127.0.0.1"]);
  const to = { port, tls: true };
  expect(await codeOf(connect({ ...to, host: "localhost" }))).toEqual(["connect_failed", false]);
  trust(certificate.cert);
  for (const host of ["localhost", "127.0.0.1"]) {
    const socket = await connect({ ...to, host });
    if (!(socket instanceof TLSSocket)) throw new Error("The connection is not encrypted.");
    expect([socket.encrypted, socket.authorized]).toEqual([true, true]);
    expect(Buffer.concat(await socket.toArray()).toString()).toBe("220 ready");
  }
});
