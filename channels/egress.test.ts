import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, test } from "vitest";
import { reachOf } from "./address.ts";
import { outcomeOfError, outcomeOfResponse, retryAfterMs } from "./answers.ts";
import { EgressError } from "./egress-error.ts";
import { createEgress } from "./egress.ts";
import type { Resolve } from "./guard.ts";
import { parseHosts } from "./hosts.ts";

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  open.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener): Promise<number> =>
  listen(createServer({ keepAlive: false }, listener));

/** Egress to some hosts, with names resolved as given instead of by the network. */
function egress(
  hosts: string[],
  { names = {}, inside = [] }: { names?: Record<string, string[]>; inside?: string[] } = {},
) {
  const warnings: object[] = [];
  const note = (fields: object): void => void warnings.push(fields);
  const resolve: Resolve = (host, _options, done) => {
    const found = names[host]?.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (found === undefined) done(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), []);
    else done(null, found);
  };
  const log = { debug: note, info: note, warn: note, error: note };
  const options = {
    plugin: "pager",
    hosts: parseHosts("pager", hosts),
    privateHosts: new Set(inside),
    log,
    resolve,
  };
  return { ...createEgress(options), warnings };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EgressError)) throw new Error("no EgressError", { cause: error });
  return `${error.code}${error.sent ? " sent" : ""}`;
}

describe("fetch", () => {
  test("sends method, headers and body to a declared host, and gives back status, headers and body", async () => {
    const port = await serve(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const { authorization, "content-type": type } = request.headers;
      response
        .writeHead(201, { "x-id": "7" })
        .end(JSON.stringify([request.method, request.url, authorization, type, body]));
    });
    const response = await egress([`127.0.0.1:${port}`]).fetch(`http://127.0.0.1:${port}/send?a=1`, {
      method: "POST",
      headers: { authorization: "Basic eDp5" },
      body: new URLSearchParams({ To: "+1 2" }),
    });
    expect([response.status, response.headers.get("x-id")]).toEqual([201, "7"]);
    expect(await response.json()).toEqual([
      "POST",
      "/send?a=1",
      "Basic eDp5",
      "application/x-www-form-urlencoded;charset=UTF-8",
      "To=%2B1+2",
    ]);
  });

  test.each([
    ["another host", "https://other.example.com/"],
    ["a host that only ends like it", "https://evil-api.example.com/"],
    ["a host that begins like it", "https://api.example.com.evil.test/"],
    ["another port", "https://api.example.com:8443/"],
    ["the machine itself", "http://127.0.0.1/"],
    ["the metadata service", "http://169.254.169.254/latest/meta-data"],
  ])("refuses %s, and the log names it", async (_what, url) => {
    const { fetch, warnings } = egress(["api.example.com:443"]);
    expect(await codeOf(fetch(url))).toBe("undeclared_host");
    expect(warnings).toHaveLength(1);
  });

  test("refuses names that lead inside, unless the operator lists them; the metadata service always", async () => {
    const port = await serve((_request, response) => void response.end("inside"));
    const names = {
      "api.example.com": ["127.0.0.1"],
      "mixed.example.com": ["93.184.215.14", "10.0.0.1"],
      "meta.example.com": ["169.254.169.254"],
    };
    const hosts = Object.keys(names);
    const strict = egress(hosts, { names });
    expect(await codeOf(strict.fetch("https://api.example.com/"))).toBe("private_address");
    expect(await codeOf(strict.fetch("https://mixed.example.com/"))).toBe("private_address");
    expect(await codeOf(strict.connect({ host: "api.example.com", port }))).toBe("private_address");
    expect(strict.warnings).toHaveLength(3);
    const lenient = egress(hosts, { names, inside: hosts });
    expect(await (await lenient.fetch(`http://API.example.com.:${port}/`)).text()).toBe("inside");
    expect(await codeOf(lenient.fetch("http://meta.example.com/"))).toBe("private_address");
    expect(await codeOf(egress(["169.254.169.254"]).fetch("http://169.254.169.254/"))).toBe(
      "private_address",
    );
    expect(await codeOf(egress(["[::ffff:169.254.169.254]"]).fetch("http://[::ffff:a9fe:a9fe]/"))).toBe(
      "undeclared_host",
    );
  });

  test.each([
    ["decimal", "http://2130706433/"],
    ["hexadecimal", "http://0x7f000001/"],
    ["octal", "http://0177.0.0.1/"],
    ["shortened", "http://127.1/"],
    ["mapped", "http://[::ffff:127.0.0.1]/"],
    ["the metadata service, decimal", "http://2852039166/"],
    ["the metadata service, hexadecimal", "http://0xa9fea9fe/"],
  ])("refuses an address in disguise: %s", async (_name, url) => {
    expect(await codeOf(egress(["api.example.com"]).fetch(url))).toBe("undeclared_host");
  });

  test("refuses plain HTTP to public hosts, and what is not HTTP at all", async () => {
    const { fetch } = egress(["api.example.com"]);
    expect(await codeOf(fetch("http://api.example.com/"))).toBe("insecure");
    expect(await codeOf(fetch("data:text/plain,x"))).toBe("insecure");
  });

  test("hands redirects back instead of following them", async () => {
    const port = await serve(
      (_request, response) => void response.writeHead(302, { location: "http://10.0.0.1/" }).end(),
    );
    const response = await egress(["127.0.0.1"]).fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers.get("location")]).toEqual([302, "http://10.0.0.1/"]);
  });

  test("tells what was not sent from what may have been", async () => {
    const { fetch } = egress(["127.0.0.1", "nowhere.example.com"]);
    expect(await codeOf(fetch("http://127.0.0.1:1/"))).toBe("connect_failed");
    expect(await codeOf(fetch("https://nowhere.example.com/"))).toBe("unresolved");
    const cut = await serve((_request, response) => void response.socket?.destroy());
    expect(await codeOf(fetch(`http://127.0.0.1:${cut}/`))).toBe("answer_lost sent");
    const half = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.socket?.destroy());
    });
    expect(await codeOf(fetch(`http://127.0.0.1:${half}/`))).toBe("answer_lost sent");
    const endless = await serve((_request, response) => void response.end(Buffer.alloc(2 * 1024 * 1024)));
    expect(await codeOf(fetch(`http://127.0.0.1:${endless}/`))).toBe("answer_too_large sent");
  });

  test("ends with the caller's signal", async () => {
    const abort = new AbortController();
    const port = await serve(() => abort.abort());
    const { fetch } = egress(["127.0.0.1"]);
    expect(await codeOf(fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal }))).toBe("aborted sent");
    expect(await codeOf(fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal }))).toBe("aborted");
  });
});

test("an abort is heard although garbage was collected meanwhile", async () => {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("no gc");
  const asked = Promise.withResolvers<void>();
  const port = await serve(() => asked.resolve());
  const { fetch } = egress(["127.0.0.1"]);
  const abort = new AbortController();
  const waiting = codeOf(fetch(`http://127.0.0.1:${port}/`, { signal: abort.signal }));
  await asked.promise;
  collect();
  await new Promise(setImmediate);
  collect();
  abort.abort();
  expect(await waiting).toBe("aborted sent");
});

describe("connect", () => {
  test("opens a connection to a declared host and port only", async () => {
    const port = await listen(createTcpServer((socket) => void socket.resume().end("220 ready")));
    const { connect } = egress([`127.0.0.1:${port}`]);
    const socket = await connect({ host: "127.0.0.1", port });
    expect(Buffer.concat(await socket.toArray()).toString()).toBe("220 ready");
    expect(await codeOf(connect({ host: "127.0.0.1", port: port + 1 }))).toBe("undeclared_host");
    expect(await codeOf(connect({ host: "localhost", port }))).toBe("undeclared_host");
  });

  test("fails where nothing listens, where TLS is not spoken, and when aborted", async () => {
    const port = await listen(createTcpServer((socket) => void socket.resume().end("220 ready")));
    const { connect } = egress(["127.0.0.1"]);
    expect(await codeOf(connect({ host: "127.0.0.1", port: 1 }))).toBe("connect_failed");
    expect(await codeOf(connect({ host: "127.0.0.1", port, tls: true }))).toBe("connect_failed");
    expect(await codeOf(connect({ host: "127.0.0.1", port, signal: AbortSignal.abort() }))).toBe("aborted");
  });
});

test.each([
  ["8.8.8.8", "public"],
  ["2606:4700::1111", "public"],
  ["127.8.8.8", "private"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["172.32.0.1", "public"],
  ["100.64.0.1", "private"],
  ["::1", "private"],
  ["fd12::1", "private"],
  ["2002:7f00:1::", "private"],
  ["64:ff9b::a00:1", "private"],
  ["169.254.169.254", "forbidden"],
  ["fe80::1", "forbidden"],
  ["0.0.0.0", "forbidden"],
  ["::", "forbidden"],
  ["255.255.255.255", "forbidden"],
  ["::ffff:127.0.0.1", "forbidden"],
  ["::ffff:7f00:1", "forbidden"],
  ["0:0:0:0:0:ffff:7f00:1", "forbidden"],
  ["fd00:ec2::254", "forbidden"],
  ["elsewhere", "forbidden"],
])("%s is %s", (address, reach) => {
  expect(reachOf(address)).toBe(reach);
});

test.each([
  ["https://api.example.com"],
  ["*.com"],
  ["*"],
  ["*example.com"],
  ["push.*.example.com"],
  ["a/b"],
  [""],
  ["host:0"],
  ["host:99999"],
  [7],
  [null],
])("hosts() may not return %j", (entry) => {
  expect(() => parseHosts("pager", [entry])).toThrow(/"pager": hosts: entry 1 is not a host/);
});

test("a wildcard stands for hosts below a name, and for nothing beside it", () => {
  const { allows } = parseHosts("pager", ["*.push.example.com:443"]);
  expect(allows("par02.push.example.com", 443)).toBe(true);
  for (const host of ["push.example.com", "evilpush.example.com", "push.example.com.evil.example"])
    expect([host, allows(host, 443)]).toEqual([host, false]);
  expect(allows("par02.push.example.com", 8443)).toBe(false);
});

describe("answers", () => {
  const response = (status: number, headers: Record<string, string> = {}) => ({
    status,
    headers: new Headers(headers),
  });
  test.each([
    [response(201), { kind: "accepted" }],
    [response(429, { "retry-after": "30" }), { kind: "retry", code: "http_429", afterMs: 30_000 }],
    [response(503), { kind: "retry", code: "http_503" }],
    [response(404), { kind: "reject", code: "http_404" }],
    [response(302), { kind: "reject", code: "http_302" }],
  ])("%j → %j", (answer, outcome) => {
    expect(outcomeOfResponse(answer)).toEqual(outcome);
  });

  test("errors say whether to try again; a bug stays a bug", () => {
    expect(outcomeOfError(new EgressError("connect_failed", ""))).toEqual({
      kind: "retry",
      code: "connect_failed",
    });
    expect(outcomeOfError(new EgressError("answer_lost", "", true))).toEqual({
      kind: "unknown",
      code: "answer_lost",
    });
    expect(outcomeOfError(new EgressError("undeclared_host", ""))).toEqual({
      kind: "reject",
      code: "undeclared_host",
    });
    expect(() => outcomeOfError(new TypeError("bug"))).toThrow("bug");
  });

  test("Retry-After is seconds or a date, else nothing", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfterMs("Thu, 01 Jan 2026 00:01:00 GMT", now)).toBe(60_000);
    expect(retryAfterMs("Wed, 31 Dec 2025 00:01:00 GMT", now)).toBe(0);
    expect(retryAfterMs("Thursday, 01-Jan-26 00:01:00 GMT", now)).toBe(60_000);
    const neither = ["soon", "-5", "1.5", "2026-01-01", "1 Jan 2026 00:01:00 GMT", "", null];
    expect(neither.map((value) => retryAfterMs(value, now))).toEqual(neither.map(() => null));
  });
});
