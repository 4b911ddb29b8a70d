import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { demoUser, Person, readDemo, send } from "../../testing/client.ts";
import { runTool } from "../../testing/tool.ts";
import { until } from "../../testing/until.ts";
import { commandLine } from "../services/process.ts";

const ENTRY = join(import.meta.dirname, "main.ts");
const children = new Set<ChildProcess>();

interface Started {
  child: ChildProcess;
  /** All it has written. */
  output(): string;
  ended: Promise<number | null>;
}

function start(home: string, env: Record<string, string> = {}, args: string[] = []): Started {
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      HOST: "127.0.0.1",
      PORT: "0",
      TOCSIN_HOME: home,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close").then(() => child.exitCode);
  return { child, output: () => output, ended };
}

async function ready(program: Started): Promise<string> {
  return until("the program says where it is", () => {
    if (program.child.exitCode !== null) throw new Error(program.output());
    return /is ready: (\S+)[^]*Ctrl-C/.exec(program.output())?.[1];
  });
}

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), "tocsin-start-"));
  onTestFinished(async () => {
    await until("its services are gone", () => {
      for (const pid of servicesOf(home)) process.kill(pid, "SIGKILL");
      return servicesOf(home).length === 0;
    });
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

/** Ids of the PostgreSQL and Temporal servers on the folder, by their own pid files. */
function servicesOf(home: string): number[] {
  return [
    ["postgres/postmaster.pid", /^(\d+)/] as const,
    ["temporal.db.pid", /"pid":(\d+)/] as const,
  ].flatMap(([file, pattern]) => {
    try {
      const pid = Number(pattern.exec(readFileSync(join(home, file), "utf8"))?.[1]);
      return commandLine(pid)?.includes(home) === true ? [pid] : [];
    } catch {
      return [];
    }
  });
}

/** A start on a folder with data is quick because it only starts what is there. */
function expectNothingSetUpAgain(home: string, program: Started): void {
  expect(program.output()).toContain("starting PostgreSQL and Temporal");
  expect(program.output()).not.toMatch(/setting up|downloading|building/);
  const log = readFileSync(join(home, "postgres.log"), "utf8");
  expect(log.match(/^The files belonging to this database system/gm)).toHaveLength(1);
}

async function interrupt(program: Started): Promise<number | null> {
  program.child.kill("SIGINT");
  return program.ended;
}

async function inbox(home: string, url: string): Promise<string[]> {
  const person = await Person.signIn(url, demoUser(await readDemo(home), "clinician"));
  return (await person.inbox()).map(({ notification_id }) => notification_id);
}

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

describe("a fresh folder", () => {
  test("starts, tells how to go on, and what it tells works", async () => {
    const home = newHome();
    const program = start(home);
    const url = await ready(program);
    const output = program.output();
    const demo = await readDemo(home);
    for (const { email, password } of demo.users) expect(output).toMatch(new RegExp(`${email} +${password}`));

    const [, address = "", authorization = "", body = ""] =
      /curl -X POST (\S+) \\\n +-H 'Authorization: ([^']+)' \\\n +-H 'Content-Type: application\/json' \\\n +-d '([^']+)'/.exec(
        output,
      ) ?? [];
    const headers = { Authorization: authorization, "Content-Type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body });
    expect(response.status).toBe(202);
    await until("it is in the inbox", async () => (await inbox(home, url)).length === 1);

    for (const name of [
      "demo.json",
      "master.key",
      "owner.password",
      "postgres.password",
      "temporal.db",
      "temporal.db-wal",
      "tocsin.log",
    ]) {
      expect(statSync(join(home, name)).mode & 0o777, name).toBe(0o600);
    }
    const services = servicesOf(home);
    expect(services).toHaveLength(2);
    expect(await interrupt(program)).toBe(0);
    expect(servicesOf(home)).toEqual([]);
    expect(readdirSync(home)).not.toContain("lock");
  });

  test("without demo people says how the first administrator is made, and so they are", async () => {
    const home = newHome();
    const program = start(home, { TOCSIN_SEED_DEMO: "0" });
    const url = await ready(program);
    expect(readdirSync(home)).not.toContain("demo.json");
    const [, named = ""] = /^ +((?:\w+=\S+ )*)npm run admin:create$/m.exec(program.output()) ?? [];
    const env = Object.fromEntries(
      named
        .trim()
        .split(" ")
        .map((one) => one.split("=")),
    );
    expect(env).toEqual({ TOCSIN_HOME: home, PORT: new URL(url).port });
    const made = await runTool("admin-create", ["--email=ada@west.example", "--name=Ada Example"], env);
    expect(made.status, made.output).toBe(0);
    const [, origin, token] = /^(http:\S+)\/invitation#(\S+)$/m.exec(made.out) ?? [];
    expect(new URL(origin ?? "").port).toBe(env["PORT"]);
    const password = "correct-horse-seven-lamps";
    const headers = { "Content-Type": "application/json", Origin: url };
    const body = JSON.stringify({ token, password });
    const answer = await fetch(`${url}/api/invitations`, { method: "POST", headers, body });
    expect(answer.status, await answer.text()).toBe(204);
    await Person.signIn(url, { email: "ada@west.example", password });
    expect(await interrupt(program)).toBe(0);
  });
});

describe("kill -9", () => {
  test("right after the answer loses nothing, and the next start takes over the services that still run", async () => {
    const home = newHome();
    const first = start(home);
    const url = await ready(first);
    const demo = await readDemo(home);
    const { user_id, territory_id } = demoUser(demo, "clinician");
    const sent = await send(url, demo.api_key, { user_id, territory_id, message: "Lamp out in room 12" });
    const services = servicesOf(home);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(sent.status).toBe(202);

    const second = start(home);
    const again = await ready(second);
    expect(servicesOf(home)).toEqual(services);
    expectNothingSetUpAgain(home, second);
    const arrived = await until("it arrives", async () => {
      const ids = await inbox(home, again);
      return ids.length > 0 && ids;
    });
    expect(arrived).toEqual([sent.body.notification_id]);
    expect((await readDemo(home)).api_key).toBe(demo.api_key);
    expect(await interrupt(second)).toBe(0);
  });

  test("of both services: they are started again, and sends go on", async () => {
    const home = newHome();
    const program = start(home);
    const url = await ready(program);
    const killed = servicesOf(home);
    expect(killed).toHaveLength(2);
    for (const pid of killed) process.kill(pid, "SIGKILL");
    await until("both run again", () => servicesOf(home).filter((pid) => !killed.includes(pid)).length === 2);
    const demo = await readDemo(home);
    const { user_id, territory_id } = demoUser(demo, "clinician");
    const sent = await until("a send is accepted", async () => {
      const result = await send(url, demo.api_key, {
        user_id,
        territory_id,
        message: "Lamp mended in room 12",
      });
      return result.status === 202 && result;
    });
    await until("it arrives", async () => (await inbox(home, url)).includes(sent.body.notification_id));
    expect(await interrupt(program)).toBe(0);
  });
});

describe("one clear error, exit code 1, no stack", () => {
  async function failure(home: string, env: Record<string, string>): Promise<string> {
    const program = start(home, env);
    expect(await program.ended, program.output()).toBe(1);
    expect(program.output()).not.toMatch(/^\s+at /m);
    expect(servicesOf(home)).toEqual([]);
    return program.output();
  }

  test("port in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = String(typeof address === "object" && address !== null ? address.port : 0);
    expect(await failure(newHome(), { PORT: port })).toMatch(`Port ${port} is in use`);
  });

  test("a host that is another machine's", async () => {
    const output = await failure(newHome(), { HOST: "192.0.2.1" });
    expect(output).toContain("HOST is 192.0.2.1, which is no address of this machine");
    expect(output).not.toContain("isn't expected");
  });

  test("a plain mistake, said in words before anything is made", async () => {
    const home = newHome();
    expect(await failure(home, { LOG_LEVEL: "loud" })).toContain("  - LOG_LEVEL: must be one of trace, ");
    expect(readdirSync(home)).toEqual([]);
    for (const [option, words] of [
      ["--chek", "there is no such option"],
      ["--role=boss", "there is no such role; there are api and worker"],
    ] as const) {
      const program = start(home, {}, [option]);
      expect(await program.ended, program.output()).toBe(1);
      expect(program.output()).toContain(`${option}: ${words}`);
    }
    expect(readdirSync(home)).toEqual([]);
  });

  test("half a configuration", async () => {
    const output = await failure(newHome(), {
      DATABASE_URL: "postgres://127.0.0.1/x",
      REDIS_URL: "redis://127.0.0.1",
    });
    expect(output).toContain("not TEMPORAL_ADDRESS");
    expect(await failure(newHome(), { TOCSIN_KMS: "vault" })).toContain("TOCSIN_KMS is set, but not");
  });

  test("real services without a master key", async () => {
    const services = {
      DATABASE_URL: "postgres://127.0.0.1/x",
      REDIS_URL: "redis://127.0.0.1",
      TEMPORAL_ADDRESS: "127.0.0.1:9",
    };
    expect(await failure(newHome(), services)).toContain("TOCSIN_MASTER_KEY");
  });

  test("a channel plugin that is switched on with settings it can't use", async () => {
    const output = await failure(newHome(), { CHANNEL_SMS: '{"from": "ward 3"}' });
    expect(output).toContain('Tocsin can\'t start.\nChannel plugin "sms": CHANNEL_SMS: ');
    expect(output).toContain("Correct it, or unset the variable to leave the channel off.");
    expect(output).not.toContain("This isn't expected");
  });

  test("--check says every fault at once, and starts nothing", async () => {
    const home = newHome();
    const program = start(
      home,
      {
        ...{ PORT: "http", LOG_LEVEL: "loud", PUBLIC_URL: "tocsin.example", TLS_CERT: "/nowhere/cert.pem" },
        ...{ DATABASE_URL: "postgres://127.0.0.1/x", TOCSIN_MASTER_KEY: "old" },
        ...{ CHANNEL_SMS: '{"from": "ward 3"}', CHANNEL_EMAIL: "smtp" },
      },
      ["--check", "--rol=api"],
    );
    expect(await program.ended, program.output()).toBe(1);
    const output = program.output();
    for (const fault of [
      "not REDIS_URL and TEMPORAL_ADDRESS",
      "  - PORT: ",
      "  - LOG_LEVEL: ",
      "  - PUBLIC_URL: ",
      "TLS_CERT: the file can't be read",
    ])
      expect(output).toContain(fault);
    for (const fault of [
      "  - TOCSIN_MASTER_KEY",
      '"sms": CHANNEL_SMS: ',
      '"email": CHANNEL_EMAIL: is not JSON',
      "--rol=api: there is no such option",
    ])
      expect(output).toContain(fault);
    expect(output).not.toMatch(/isn't expected|^\s+at /m);
    expect(readdirSync(home)).toEqual([]);
  });

  test("--check of what is right says so, and starts nothing", async () => {
    const home = newHome();
    const program = start(home, {}, ["--check"]);
    expect(await program.ended, program.output()).toBe(0);
    expect(program.output()).toContain("nothing is wrong with the configuration");
    expect(readdirSync(home)).toEqual([]);
  });

  test("no way to get a Temporal server", async () => {
    const home = newHome();
    const proxy = "http://127.0.0.1:9";
    const env = {
      PATH: home,
      HOME: home,
      XDG_CACHE_HOME: home,
      NODE_USE_ENV_PROXY: "1",
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
    };
    expect(await failure(home, env)).toMatch(
      /no way to get a Temporal server[^]*go install[^]*docs\.temporal\.io/,
    );
  });

  test("a folder that another program uses, and it goes on", async () => {
    const home = newHome();
    const first = start(home);
    const url = await ready(first);
    const second = start(home);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`runs already on ${home} (process ${first.child.pid})`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await interrupt(first)).toBe(0);
  });

  test("the master key is gone while there is data", async () => {
    const home = newHome();
    const first = start(home);
    await ready(first);
    await interrupt(first);
    rmSync(join(home, "master.key"));
    expect(await failure(home, {})).toContain("master.key is missing");
  });
});

test("as root under a folder that nobody else can enter, PostgreSQL's data goes where its user can reach it", async () => {
  const home = join(newHome(), "data");
  const program = start(home);
  await ready(program);
  const elsewhere = /its data is in (\S+)/.exec(program.output())?.[1];
  if (process.getuid?.() === 0) onTestFinished(() => rmSync(dirname(elsewhere ?? ""), { recursive: true }));
  expect(existsSync(join(elsewhere ?? join(home, "postgres"), "PG_VERSION"))).toBe(true);
  expect(elsewhere === undefined).toBe(process.getuid?.() !== 0);
  expect(await interrupt(program)).toBe(0);

  const again = start(home);
  await ready(again);
  expectNothingSetUpAgain(home, again);
  expect(await interrupt(again)).toBe(0);
});

test("Ctrl-C while it starts leaves nothing running", async () => {
  const home = newHome();
  const program = start(home);
  await until("it starts its services", () => program.output().includes("setting up"));
  expect(await interrupt(program)).toBe(0);
  expect(servicesOf(home)).toEqual([]);
});
