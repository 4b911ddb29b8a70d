import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { request } from "node:https";
import { connect, type TLSSocket } from "node:tls";
import Koa from "koa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLog } from "../../config/log.ts";
import { readTlsFiles } from "../../config/tls-files.ts";
import { must } from "../../config/must.ts";
import { type Authority, createAuthority, type Identity, serialOf } from "../../testing/certificates.ts";
import { until } from "../../testing/until.ts";
import { followCertificate, readCertificate } from "./certificate.ts";
import { createHttpsServer, listen } from "./server.ts";

let authority: Authority;
beforeEach(async () => {
  authority = await createAuthority();
});
afterEach(() => authority.remove());

/** A server on its first certificate, and what it logs. */
async function serve() {
  const first = await authority.issue("node", ["localhost"]);
  const files = { cert: first.certFile, key: first.keyFile };
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  const app = new Koa();
  app.use((ctx) => void (ctx.body = "here"));
  const server = createHttpsServer(app, await readCertificate(files));
  const port = await listen(server, 0, "127.0.0.1");
  const following = followCertificate(server, files, log);
  return {
    first,
    lines,
    port,
    look: () => following.poke(),
    [Symbol.asyncDispose]: async () => {
      await following.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Shakes hands with the server. @throws where it refuses */
async function shake(port: number, options: object = {}): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    servername: "localhost",
    port,
    ca: authority.cert,
    ...options,
  });
  await once(socket, "secureConnect");
  return socket;
}

async function shownOn(port: number): Promise<string> {
  const socket = await shake(port);
  const { serialNumber } = must(socket.getPeerX509Certificate(), "certificate");
  socket.destroy();
  return serialNumber;
}

/** Puts another certificate in the place of the node's. */
function put({ certFile, keyFile }: Identity, { first }: { first: Identity }, parts = "both"): void {
  copyFileSync(certFile, first.certFile);
  if (parts === "both") copyFileSync(keyFile, first.keyFile);
}

test("a renewed certificate is shown without a restart, and connections that stand go on", async () => {
  await using server = await serve();
  expect(await shownOn(server.port)).toBe(serialOf(server.first.cert));
  const standing = await shake(server.port);
  const renewed = await authority.issue("renewed", ["localhost"]);
  put(renewed, server);
  await until("the new one is shown", async () => {
    server.look();
    return (await shownOn(server.port)) === serialOf(renewed.cert);
  });
  standing.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  expect(String((await once(standing, "data"))[0])).toContain("200 OK");
  standing.destroy();
});

test("a certificate without its key is not taken, and the log says so once; the pair is", async () => {
  await using server = await serve();
  const renewed = await authority.issue("renewed", ["localhost"]);
  put(renewed, server, "certificate");
  const refusals = (): number => server.lines.filter((line) => line.includes("does not belong to")).length;
  await until("the half is refused", () => {
    server.look();
    return refusals() === 1;
  });
  expect(await shownOn(server.port)).toBe(serialOf(server.first.cert));
  put(renewed, server);
  await until("the whole is shown", async () => {
    server.look();
    return (await shownOn(server.port)) === serialOf(renewed.cert);
  });
  expect(refusals()).toBe(1);
});

test("files that are empty or cut off are not taken, which OpenSSL would take", async () => {
  await using server = await serve();
  const { certFile, keyFile, cert } = server.first;
  const between = await authority.issue("between", ["localhost"]);
  const cut = (pem: string): string => pem.slice(0, pem.length / 2);
  const halves = [
    { file: certFile, text: "" },
    { file: certFile, text: cut(cert) },
    { file: certFile, text: `${cert}${cut(between.cert)}` },
    { file: keyFile, text: "" },
  ];
  for (const [index, { file, text }] of halves.entries()) {
    const whole = readFileSync(file);
    writeFileSync(file, text);
    await until("it is refused", () => {
      server.look();
      return server.lines.filter((line) => line.includes("is not used")).length === index + 1;
    });
    expect(await shownOn(server.port)).toBe(serialOf(cert));
    writeFileSync(file, whole);
  }
});

test("a node does not start on an empty certificate", async () => {
  const { certFile, keyFile } = await authority.issue("node", ["localhost"]);
  writeFileSync(certFile, "");
  const faults: string[] = [];
  const env = { TLS_CERT: certFile, TLS_KEY: keyFile };
  readTlsFiles(env, { cert: "TLS_CERT", key: "TLS_KEY" }, faults);
  expect(faults).toEqual([expect.stringMatching(/^TLS_CERT, TLS_KEY: must hold a certificate/)]);
});

test("TLS 1.1 and plain HTTP get nothing", async () => {
  await using server = await serve();
  await expect(
    shake(server.port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
  ).rejects.toThrow(/protocol version/i);
  const answer = await fetch(`http://127.0.0.1:${server.port}/`).catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(Error);
  const call = request({ host: "127.0.0.1", port: server.port, ca: authority.cert, servername: "localhost" });
  call.end();
  const [response] = await once(call, "response");
  expect(response.statusCode).toBe(200);
  response.destroy();
});
