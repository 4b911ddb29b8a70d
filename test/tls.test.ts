import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { TestClient } from "../channels/websocket/testing/client.ts";
import { ConfigError, parseEnv } from "../config/env.ts";
import { createLog } from "../config/log.ts";
import { must } from "../config/must.ts";
import { createRedis, explainRedis } from "../config/redis.ts";
import { linkTemporal } from "../config/temporal.ts";
import { createStops } from "../node/stop.ts";
import { openStores } from "../node/stores.ts";
import { type Authority, createAuthority, type Identity } from "../testing/certificates.ts";
import { demandBeforeTemporal, type DemandingProxy } from "../testing/demanding-proxy.ts";
import { envFor } from "../testing/hospital.ts";
import { makeOwner } from "../testing/owner.ts";
import { createSite } from "../testing/site.ts";
import { until } from "../testing/until.ts";
import { type Postgres, startPostgres } from "../tools/services/postgres.ts";
import { type RedisServer, startRedisServer } from "../tools/services/redis.ts";
import { freePorts } from "../tools/services/spawn.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-tls-"));
let authority: Authority;
let stranger: Authority;
/** For `localhost` alone, so that 127.0.0.1 is another name. */
let server: Identity;
let node: Identity;
/** Signed by an authority that no server trusts. */
let alien: Identity;

beforeAll(async () => {
  [authority, stranger] = [await createAuthority("Hospital CA"), await createAuthority("Other CA")];
  server = await authority.issue("server", ["localhost"]);
  node = await authority.issue("node", ["tocsin"]);
  alien = await stranger.issue("alien", ["tocsin"]);
});
afterAll(() => {
  for (const one of [authority, stranger]) one.remove();
  rmSync(folder, { recursive: true, force: true });
});

const faultsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    parseEnv({ ...envFor("postgresql://localhost/x"), ...env });
    return "";
  } catch (error) {
    return error instanceof ConfigError ? error.faults.join("\n") : String(error);
  }
};

describe("PostgreSQL that takes TLS with a client certificate alone", () => {
  let postgres: Postgres;
  let url: string;
  /** What a node says that wants TLS, while the server has none. */
  let inPlain: string | null;
  const { TOCSIN_MASTER_KEY } = envFor("");
  beforeAll(async () => {
    const dataDir = join(folder, "postgres");
    postgres = await startPostgres({ dataDir, log: join(folder, "postgres.log") });
    const owner = new URL(await makeOwner(postgres.url));
    owner.hostname = "localhost";
    url = owner.href;
    inPlain = await open({ PGSSLMODE: "verify-full" });
    await demandCertificates(postgres.url);
  }, 240_000);
  afterAll(() => postgres.stop());

  /** Puts the server's certificate into its data, and lets nobody in without one of the authority's. */
  async function demandCertificates(superuserUrl: string): Promise<void> {
    const admin = new pg.Client({ connectionString: superuserUrl });
    await admin.connect();
    const { rows } = await admin.query("SHOW data_directory");
    const data: string = rows[0].data_directory;
    const { uid, gid } = statSync(data);
    for (const [from, to] of [
      [server.certFile, "server.crt"],
      [server.keyFile, "server.key"],
      [authority.certFile, "root.crt"],
    ] as const) {
      copyFileSync(from, join(data, to));
      chownSync(join(data, to), uid, gid);
      chmodSync(join(data, to), 0o600);
    }
    for (const setting of ["ssl = on", "ssl_ca_file = 'root.crt'"])
      await admin.query(`ALTER SYSTEM SET ${setting}`);
    writeFileSync(
      join(data, "pg_hba.conf"),
      "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n",
    );
    await admin.query("SELECT pg_reload_conf()");
    await admin.end();
    // The reload is done once the server refuses what it took.
    await until("plain connections are refused", async () => {
      const plain = new pg.Client({ connectionString: superuserUrl });
      plain.on("error", () => undefined);
      return await plain.connect().then(
        () => plain.end().then(() => false),
        () => true,
      );
    });
  }

  /** Starts a node's stores on it; answers the error, null where they opened over TLS. */
  async function open(env: NodeJS.ProcessEnv, at = url): Promise<string | null> {
    const lines: string[] = [];
    const log = createLog("info", { write: (line: string) => void lines.push(line) });
    const { onStop, stop } = createStops(log);
    const ending = new AbortController();
    try {
      const config = parseEnv({ ...envFor(at), TOCSIN_MASTER_KEY, ...env });
      const { knex } = await openStores(config, { log, signal: ending.signal }, onStop);
      const { rows } = await knex.raw("SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
      expect(rows).toEqual([{ ssl: true, client_dn: "/CN=tocsin" }]);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await stop();
    }
  }

  const whole = (): NodeJS.ProcessEnv => ({
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: authority.certFile,
    PGSSLCERT: node.certFile,
    PGSSLKEY: node.keyFile,
  });

  test("has a node that shows its certificate, by libpq's variables or in the URL", async () => {
    expect(await open(whole())).toBeNull();
    const said = new URL(url);
    said.searchParams.set("sslmode", "verify-full");
    said.searchParams.set("sslrootcert", authority.certFile);
    said.searchParams.set("sslcert", node.certFile);
    said.searchParams.set("sslkey", node.keyFile);
    expect(await open({}, said.href)).toBeNull();
  });

  test("refuses one without TLS, and one without a certificate; the error says what to set", async () => {
    expect(await open({})).toMatch(/sslmode=verify-full/);
    expect(await open({ ...whole(), PGSSLCERT: "", PGSSLKEY: "" })).toMatch(
      /wants a certificate of this node.*PGSSLCERT and PGSSLKEY/,
    );
  });

  test("is refused where it can't show who it is: another authority, another name", async () => {
    expect(await open({ ...whole(), PGSSLROOTCERT: stranger.certFile })).toMatch(
      /signed by an authority that this node does not trust.*PGSSLROOTCERT/,
    );
    const { PGSSLROOTCERT: _, ...publicly } = whole();
    expect(await open(publicly)).toMatch(/authority that this node does not trust/);
    expect(await open(whole(), url.replace("localhost", "127.0.0.1"))).toMatch(
      /is for another name\. Name the server in DATABASE_URL/,
    );
  });

  test("gets nothing in plain text while it has no TLS", () => {
    expect(inPlain).toMatch(/does not speak TLS, and this node never goes on without/);
  });
});

describe("Redis that takes TLS with a client certificate alone", () => {
  let redis: RedisServer;
  let port: number;
  beforeAll(async () => {
    port = must((await freePorts(1))[0], "free port");
    redis = await startWith(server, port);
  });
  afterAll(() => redis.stop());

  /** A server that shows this certificate. */
  function startWith({ certFile, keyFile }: Identity, tlsPort: number): Promise<RedisServer> {
    const files = ["--tls-cert-file", certFile, "--tls-key-file", keyFile];
    const demands = ["--tls-ca-cert-file", authority.certFile, "--tls-auth-clients", "yes"];
    return startRedisServer({ folder, args: ["--tls-port", String(tlsPort), ...files, ...demands] });
  }

  /** Connects; answers "PONG", or what a node says of the failure, once a try shows it. */
  async function ask(env: NodeJS.ProcessEnv, host = "localhost", at = port): Promise<string | null> {
    const url = `rediss://${host}:${at}`;
    const settings = must(
      parseEnv({ ...envFor("postgresql://localhost/x"), REDIS_URL: url, ...env }).redis,
      "Redis",
    );
    const client = createRedis(settings, "tocsin-test");
    onTestFinished(() => client.disconnect());
    return await new Promise((resolve) => {
      client.on("error", (error: unknown) => {
        const reason = explainRedis(error, settings);
        if (reason !== null) resolve(reason);
      });
      client.once("ready", () => void client.ping().then(resolve));
    });
  }

  const whole = (): NodeJS.ProcessEnv => ({
    REDIS_TLS_CA: authority.certFile,
    REDIS_TLS_CERT: node.certFile,
    REDIS_TLS_KEY: node.keyFile,
  });

  test("answers a node that shows its certificate, under the name that it has or is said to have", async () => {
    expect(await ask(whole())).toBe("PONG");
    expect(await ask({ ...whole(), REDIS_TLS_SERVER_NAME: "localhost" }, "127.0.0.1")).toBe("PONG");
    // What it is said to have comes before its host's.
    const other = must((await freePorts(1))[0], "free port");
    const cache = await startWith(await authority.issue("cache", ["cache.site.example"]), other);
    onTestFinished(() => cache.stop());
    const env = { ...whole(), REDIS_TLS_SERVER_NAME: "cache.site.example" };
    expect(await ask(env, "localhost", other)).toBe("PONG");
  });

  test("refuses others, and is refused; a node says why, and what to do", async () => {
    expect(await ask({ REDIS_TLS_CA: authority.certFile })).toMatch(
      /wants a certificate of this node.*REDIS_TLS_CERT/,
    );
    expect(await ask({ ...whole(), REDIS_TLS_CERT: alien.certFile, REDIS_TLS_KEY: alien.keyFile })).toMatch(
      /signed by an authority that it trusts/,
    );
    expect(await ask({ ...whole(), REDIS_TLS_CA: stranger.certFile })).toMatch(
      /does not trust.*REDIS_TLS_CA/,
    );
    expect(await ask(whole(), "127.0.0.1")).toMatch(/is for another name.*REDIS_TLS_SERVER_NAME/);
    expect(await ask(whole(), "localhost", redis.port)).toMatch(/does not answer the handshake/);
  });
});

describe("Temporal that takes TLS alone", () => {
  const KEY = "a-key-of-temporal-cloud";
  let certified: DemandingProxy;
  let keyed: DemandingProxy;
  beforeAll(async () => {
    certified = await demandBeforeTemporal(inject("temporalAddress"), server, { authority });
    keyed = await demandBeforeTemporal(inject("temporalAddress"), server, { key: KEY });
  });
  afterAll(() => Promise.all([certified.close(), keyed.close()]));

  const whole = (): NodeJS.ProcessEnv => ({
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile,
    TEMPORAL_TLS_CLIENT_CERT_PATH: node.certFile,
    TEMPORAL_TLS_CLIENT_KEY_PATH: node.keyFile,
  });

  /** The first that a node says of its connection. */
  async function connect(env: NodeJS.ProcessEnv, port = certified.port, host = "localhost"): Promise<string> {
    const lines: string[] = [];
    const log = createLog("info", { write: (line: string) => void lines.push(line) });
    const { temporal } = parseEnv({
      ...envFor("postgresql://localhost/x"),
      TEMPORAL_ADDRESS: `${host}:${port}`,
      ...env,
    });
    const link = linkTemporal(temporal, log);
    onTestFinished(() => link.close());
    return await until("the node says something of Temporal", () => lines[0]);
  }

  test("has a node with a certificate, under the name that the server is said to have", async () => {
    expect(await connect(whole())).toContain("connected to Temporal");
    expect(
      await connect({ ...whole(), TEMPORAL_TLS_SERVER_NAME: "localhost" }, certified.port, "127.0.0.1"),
    ).toContain("connected to Temporal");
  });

  test("has a node with an API key, which goes with every call, over TLS alone", async () => {
    const ca = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile };
    const file = join(folder, "api.key");
    writeFileSync(file, `${KEY}\n`);
    expect(await connect({ ...ca, TEMPORAL_API_KEY_FILE: file }, keyed.port)).toContain(
      "connected to Temporal",
    );
    expect(keyed.calls.length).toBeGreaterThan(0);
    for (const call of keyed.calls) expect(call.authorization).toBe(`Bearer ${KEY}`);
    expect(await connect({ ...ca, TEMPORAL_API_KEY: "another" }, keyed.port)).toContain("does not answer");
    expect(faultsOf({ TEMPORAL_API_KEY: KEY, TEMPORAL_TLS: "false" })).toMatch(/TEMPORAL_TLS: is off/);
  });

  test("refuses others, and is refused; the log says why, and what to do", async () => {
    expect(await connect({})).toMatch(/speaks TLS alone.*TEMPORAL_TLS=true/);
    expect(await connect({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile })).toMatch(
      /wants a certificate of this node.*TEMPORAL_TLS_CLIENT_CERT_PATH/,
    );
    expect(await connect({ ...whole(), TEMPORAL_TLS_SERVER_CA_CERT_PATH: stranger.certFile })).toMatch(
      /does not trust.*TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
    );
    expect(await connect(whole(), certified.port, "127.0.0.1")).toMatch(
      /another name.*TEMPORAL_TLS_SERVER_NAME/,
    );
    const [, plain = ""] = inject("temporalAddress").split(":");
    expect(await connect(whole(), Number(plain))).toMatch(/does not speak TLS/);
  });

  test("a node that speaks TLS itself and to Temporal delivers; its cookies and its page are for https alone", async () => {
    const key = await authority.issue("own", ["localhost"]);
    const site = await createSite({
      ...(Object.fromEntries(Object.entries(whole())) as Record<string, string>),
      TEMPORAL_ADDRESS: `localhost:${certified.port}`,
      TLS_CERT: key.certFile,
      TLS_KEY: key.keyFile,
      TOCSIN_SEED_DEMO: "force",
    });
    onTestFinished(() => site.close());
    const { url } = await site.start();
    expect(url).toMatch(/^https:/);
    const demo = await site.demo();
    const user = must(
      demo.users.find(({ role }) => role === "clinician"),
      "clinician",
    );
    const call = async (
      path: string,
      body: unknown,
      headers: OutgoingHttpHeaders = {},
    ): Promise<{ response: IncomingMessage; body: string }> => {
      const out = request(`${url}${path}`, {
        method: body === null ? "GET" : "POST",
        ca: authority.cert,
        headers: { "Content-Type": "application/json", ...headers },
      });
      out.end(body === null ? undefined : JSON.stringify(body));
      const [response] = (await once(out, "response")) as [IncomingMessage];
      return { response, body: await text(response) };
    };

    const { response } = await call(
      "/api/sessions",
      { email: user.email, password: user.password },
      { Origin: url },
    );
    expect(response.statusCode).toBe(201);
    expect(response.headers["strict-transport-security"]).toMatch(/max-age=\d{8}/);
    const cookie = must(
      response.headers["set-cookie"]?.find((one) => one.startsWith("__Host-tocsin=")),
      "cookie",
    );
    expect(cookie).toMatch(/; secure/i);

    const live = new TestClient(`${url.replace("https", "wss")}/api/realtime`, {
      ca: authority.cert,
      headers: { Cookie: must(cookie.split(";")[0], "cookie"), Origin: url },
    });
    onTestFinished(() => live.socket.terminate());
    await live.frame("hello");
    const sent = await call(
      "/api/notifications/send",
      { user_id: user.user_id, territory_id: user.territory_id, message: "Bed 4 is free." },
      { Authorization: `Bearer ${demo.api_key}` },
    );
    expect(sent.response.statusCode).toBe(202);
    const { notification_id } = JSON.parse(sent.body);
    await live.frame("notification", ({ notification }) => notification.notification_id === notification_id);
  });
});

describe("the settings of TLS", () => {
  test("files that can't be used are named before anything starts", () => {
    const nonsense = join(folder, "nonsense.pem");
    writeFileSync(nonsense, "nonsense");
    expect(faultsOf({ TLS_CERT: server.certFile })).toMatch(/TLS_CERT, TLS_KEY: .*go together/);
    expect(faultsOf({ TLS_CERT: server.certFile, TLS_KEY: node.keyFile })).toMatch(/does not belong/);
    expect(
      faultsOf({ TLS_CERT: server.certFile, TLS_KEY: server.keyFile, PUBLIC_URL: "http://a.test" }),
    ).toMatch(/PUBLIC_URL: says http:/);
    expect(faultsOf({ PGSSLROOTCERT: "/nowhere" })).toMatch(
      /DATABASE_URL: sslrootcert: the file can't be read/,
    );
    expect(faultsOf({ REDIS_URL: "rediss://a.test", REDIS_TLS_CA: nonsense })).toMatch(
      /REDIS_TLS_CA: must hold/,
    );
    expect(faultsOf({ REDIS_URL: "redis://a.test", REDIS_TLS_CA: authority.certFile })).toMatch(
      /write rediss:/,
    );
    expect(faultsOf({ TEMPORAL_TLS_CLIENT_CERT_PATH: node.certFile })).toMatch(/go together/);
    expect(
      faultsOf({ PGSSLROOTCERT: authority.certFile, TLS_CERT: server.certFile, TLS_KEY: server.keyFile }),
    ).toBe("");
  });
});
