import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { runBehindOthers } from "../tools/services/priority.ts";

const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "docker-compose.yml");
const text = readFileSync(FILE, "utf8");
const folder = mkdtempSync(join(tmpdir(), "tocsin-deploy-"));
const ENV = join(folder, "env");
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs deploy/init.sh, which writes `file`. */
const init = (file: string, ...args: string[]) =>
  spawnSync("sh", [join(import.meta.dirname, "init.sh"), ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], TOCSIN_ENV_FILE: file },
  });
beforeAll(() => void init(ENV, "try"));

/**
 * What this file uses of the Compose specification, strictly, so that a misspelt key is found on a machine without any
 * implementation of it: https://github.com/compose-spec/compose-spec/blob/main/05-services.md
 */
const Seconds = z.string().regex(/^\d+s$/);
const Command = z.array(z.string());
const Healthcheck = z.union([
  z.strictObject({ disable: z.literal(true) }),
  z.strictObject({
    test: z.tuple([z.literal("CMD")], z.string()),
    interval: Seconds,
    timeout: Seconds,
    retries: z.number(),
  }),
]);
const Build = z.strictObject({ context: z.literal("."), args: z.record(z.string(), z.string()) });
const Service = z.strictObject({
  image: z.string(),
  build: Build.optional(),
  profiles: z.array(z.enum(["try", "site"])).optional(),
  user: z.string().optional(),
  read_only: z.boolean(),
  cap_drop: z.tuple([z.literal("ALL")]),
  cap_add: z.array(z.string()).optional(),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  tmpfs: z.array(z.string()).optional(),
  init: z.boolean().optional(),
  restart: z.string().regex(/^(no|unless-stopped|on-failure:\d+)$/),
  stop_grace_period: Seconds.optional(),
  entrypoint: Command.optional(),
  command: Command.optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(["service_healthy", "service_completed_successfully"]) }),
    )
    .optional(),
  networks: z.record(z.string(), z.strictObject({ ipv4_address: z.ipv4().optional() })),
  deploy: z.strictObject({ replicas: z.number() }).optional(),
  healthcheck: Healthcheck.optional(),
});
const Compose = z.strictObject({
  name: z.string(),
  "x-hardened": z.unknown(),
  "x-build": Build,
  "x-node": z.unknown(),
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  networks: z.record(
    z.string(),
    z
      .strictObject({
        internal: z.literal(true).optional(),
        ipam: z
          .strictObject({
            config: z.tuple([z.strictObject({ subnet: z.cidrv4(), ip_range: z.cidrv4() })]),
          })
          .optional(),
      })
      .nullable(),
  ),
});

const compose = Compose.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);

describe("docker-compose.yml, by its own schema", () => {
  test("has the nodes believe the balancers, and them alone, about who calls", () => {
    const { balancer, api, "balancer-tls": tls } = compose.services;
    const addresses = [balancer, tls].map((one) => one?.networks["front"]?.ipv4_address);
    expect(api?.environment?.["TRUSTED_PROXY"]).toBe(addresses.join(","));
  });

  test("shows the network one balancer, with TLS on a site, and the machine alone what has none", () => {
    const shown = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    const open = shown.filter(([, port]) => port?.startsWith("127.0.0.1:") === false);
    expect(new Set(open.map(([name]) => name))).toEqual(new Set(["balancer-tls"]));
    expect(compose.services["balancer"]?.profiles).toEqual(["try"]);
    expect(compose.services["balancer-tls"]?.profiles).toEqual(["site"]);
    // What is shown on this machine alone asks nobody who they are, or has no TLS: none of it runs on a site.
    for (const [name, { profiles }] of services.filter(([, { ports = [] }]) => ports.length > 0))
      expect(profiles, name).toEqual([name === "balancer-tls" ? "site" : "try"]);
  });

  test("keeps the stores where nothing but the nodes reaches them, and nothing leads out", () => {
    const within = (network: string): string[] =>
      services.filter(([, { networks }]) => network in networks).map(([name]) => name);
    expect(within("data").sort()).toEqual(["api", "migration", "postgres", "redis", "worker"]);
    for (const store of ["postgres", "redis", "temporal"])
      for (const network of Object.keys(compose.services[store]?.networks ?? { none: {} }))
        expect(compose.networks[network], `${store} on ${network}`).toEqual({ internal: true });
  });

  test("writes nowhere but where it must, with no rights to spare", () => {
    const writing = services.filter(
      ([, { read_only, profiles = [] }]) => !(read_only || profiles.includes("try")),
    );
    expect(writing.map(([name]) => name)).toEqual([]);
    const more = services.filter(([, { cap_add = [] }]) => cap_add.length > 0).map(([name]) => name);
    expect(more).toEqual(["postgres"]);
  });

  test("keeps the master key and the audit key in volumes of their own", () => {
    const keys = services.flatMap(([, { volumes = [] }]) =>
      volumes.filter((volume) => volume.includes(":/keys/")),
    );
    expect(keys).toHaveLength(6);
    for (const volume of keys) expect(volume).toMatch(/^(master|audit)-key:\/keys\/\1(:ro)?$/);
    const { environment = {} } = compose.services["api"] ?? {};
    expect(environment["TOCSIN_MASTER_KEY_FILE"]).toMatch(/^\/keys\/master\//);
    expect(environment["TOCSIN_AUDIT_KEY_FILE"]).toMatch(/^\/keys\/audit\//);
  });

  test("gives the login that owns the tables to the migration alone, which comes before every node", () => {
    const holders = services.filter(([, { environment = {} }]) =>
      JSON.stringify(environment).includes("_owner"),
    );
    expect(holders.map(([name]) => name)).toEqual(["migration"]);
    const { api, worker, migration } = compose.services;
    for (const node of [api, worker]) {
      expect(node?.environment?.["DATABASE_URL"]).toBe(migration?.environment?.["DATABASE_URL"]);
      expect(node?.depends_on?.["migration"]).toEqual({ condition: "service_completed_successfully" });
    }
  });

  test("gives nodes the version of their workflows that the caller names", () => {
    const given = compose.services["worker"]?.environment?.["TOCSIN_BUILD_ID"];
    expect(given).toBe("${TOCSIN_BUILD_ID:-}");
  });

  test("has all that a site needs, with two API nodes and two workers", () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(["balancer", "api", "worker", "postgres", "redis", "temporal", "temporal-ui"]),
    );
    expect(compose.services["api"]?.deploy?.replicas).toBe(2);
    expect(compose.services["worker"]?.deploy?.replicas).toBe(2);
    expect(compose.services["api"]?.environment).toEqual(compose.services["worker"]?.environment);
  });

  test("waits only for services that can become what is waited for", () => {
    const fromImage = new Set(["api"]);
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const target = compose.services[other];
        expect(target, `${name} waits for ${other}`).toBeDefined();
        if (condition === "service_completed_successfully") {
          expect(target?.restart, `${other} ends`).toMatch(/^(no|on-failure)/);
        } else if (!fromImage.has(other)) {
          expect(target?.healthcheck, `${other} has a health check`).toHaveProperty("test");
        }
      }
    }
  });

  test("mounts files that are here and volumes that are declared", () => {
    for (const source of services
      .flatMap(([, { volumes = [] }]) => volumes)
      .map((volume) => (volume.startsWith("$") ? null : (volume.split(":")[0] ?? "")))) {
      if (source === null) continue;
      if (source.startsWith("./")) expect(statSync(join(ROOT, source)).isFile(), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source);
    }
  });

  test("has no password of its own: what is secret comes from .env, or it does not start", () => {
    const variables = text.match(/\$\{[^}]*\}/g) ?? [];
    expect(variables.length).toBeGreaterThan(3);
    for (const variable of variables)
      expect(variable).toMatch(
        /PASSWORD|SEED|PUBLIC_URL/.test(variable)
          ? /:\?run deploy\/init.sh\}$/
          : /_IMAGE:\?run node deploy\/images.mjs\}$|:-[^}]*\}$/,
      );
    const inline = services.flatMap(([, { environment = {} }]) => Object.entries(environment));
    for (const [name, value] of inline)
      if (/PASSWORD|PWD|AUTH/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?run deploy\/init.sh\}$/);
    // Redis takes its own as an argument, and the nodes' URLs hold theirs.
    const { redis, api, migration } = compose.services;
    const given = redis?.command ?? [];
    const password = "${REDIS_PASSWORD:?run deploy/init.sh}";
    expect(given[given.indexOf("--requirepass") + 1]).toBe(password);
    expect(api?.environment?.["REDIS_URL"]).toBe(`redis://:${password}@redis:6379`);
    for (const environment of [api?.environment, migration?.environment])
      for (const [name, value] of Object.entries(environment ?? {}))
        if (name.startsWith("DATABASE_"))
          expect(value).toMatch(/^postgresql:\/\/\w+:\$\{\w+:\?run deploy\/init.sh\}@/);
  });

  test("takes every image, its own one's base too, from what .env has: by tag for a try, by digest for a site", () => {
    const listed = readFileSync(join(import.meta.dirname, "images.env"), "utf8").split("\n");
    const names = listed.flatMap((line, index) => {
      const [, name, image = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
      if (name === undefined) return [];
      expect(image, "a tag other than latest").toMatch(/^[^:]+:\d/);
      expect(listed[index - 1], image).toMatch(/^# https:\/\//);
      return [name];
    });
    const taken = [
      ...services.map(([, { image }]) => image).filter((image) => image !== "tocsin"),
      ...Object.values(compose["x-build"].args),
    ];
    const from = (name: string): string => `\${${name}:?run node deploy/images.mjs}`;
    expect(new Set(taken)).toEqual(new Set(names.map(from)));
    for (const [name, { image, build }] of services)
      expect(build, name).toEqual(image === "tocsin" ? compose["x-build"] : undefined);
    const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
    for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(base).toBe("${NODE_IMAGE}");

    const site = join(folder, "by-digest");
    writeFileSync(join(folder, "own.pem"), "certificate");
    const { stdout } = init(site, "site", "https://a.example", join(folder, "own.pem"));
    expect(stdout).toContain("node deploy/images.mjs && docker compose up");
    expect(readFileSync(site, "utf8")).not.toContain("_IMAGE");
    expect(readFileSync(ENV, "utf8")).toContain(listed.filter((line) => line.includes("=")).join("\n"));
  });
});

describe("docker-compose.yml, by Compose's own parser", () => {
  /** On a machine without any, the schema above is all there is: the test's name says which it was. */
  const parsers: { name: string; probe: [string, string[]]; run: [string, string[]]; cwd: string }[] = [
    {
      name: "docker-compose config",
      probe: ["docker-compose", ["version"]],
      run: ["docker-compose", ["--env-file", ENV, "-f", FILE, "--profile", "*", "config"]],
      cwd: ROOT,
    },
    {
      name: "docker compose config",
      probe: ["docker", ["compose", "version"]],
      run: ["docker", ["compose", "--env-file", ENV, "-f", FILE, "--profile", "*", "config"]],
      cwd: ROOT,
    },
    {
      name: "compose-go, by go run",
      probe: ["go", ["list", "."]],
      run: ["go", ["run", ".", FILE, ENV]],
      cwd: join(import.meta.dirname, "compose-go"),
    },
  ];
  const found = parsers.find(
    ({ probe: [command, args], cwd }) =>
      spawnSync(command, args, { cwd, stdio: "ignore", timeout: 60_000 }).status === 0,
  );

  test(`is accepted (${found?.name ?? "none of its implementations is here: by the schema above alone"})`, async () => {
    if (found === undefined) {
      expect(services.length).toBeGreaterThan(0);
      return;
    }
    const [command, args] = found.run;
    const running = promisify(execFile)(command, args, {
      cwd: found.cwd,
      timeout: 240_000,
      maxBuffer: 1e7,
    });
    runBehindOthers(running.child);
    const { stdout } = await running;
    for (const [name] of services) expect(stdout).toContain(name);
  }, 300_000);
});

test("the image holds every folder that the program's code is in", () => {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() && !/^(\.|node_modules|dashboard|test|docs|deploy|coverage)/.test(entry.name),
    )
    .map(({ name }) => name);
  expect(folders).toContain("api");
  for (const folder of folders) expect(dockerfile).toContain(`COPY ${folder} ${folder}\n`);
});

test("each key is made once, for its owner's eyes only, alone in its folder, and kept", () => {
  for (const [name, form] of [
    ["master.key", /^k1:[A-Za-z0-9+/]{43}=\n$/],
    ["audit.key", /^[A-Za-z0-9+/]{43}=\n$/],
  ] as const) {
    const place = mkdtempSync(join(folder, "key-"));
    const make = (): string => {
      expect(spawnSync(process.execPath, [join(import.meta.dirname, "keys.mjs"), place, name]).status).toBe(
        0,
      );
      expect(readdirSync(place)).toEqual([name]);
      expect(statSync(join(place, name)).mode & 0o777).toBe(0o600);
      return readFileSync(join(place, name), "utf8");
    };
    const first = make();
    expect(first).toMatch(form);
    expect(make()).toBe(first);
  }
});

describe("deploy/init.sh", () => {
  test("writes passwords once, each of its own, for its owner's eyes only", () => {
    const file = join(folder, "once");
    expect(init(file, "try").status).toBe(0);
    const written = readFileSync(file, "utf8");
    const passwords = [...written.matchAll(/_PASSWORD=(\S+)$/gm)].map(([, value]) => value);
    expect(passwords).toHaveLength(5);
    expect(new Set(passwords).size).toBe(5);
    for (const password of passwords) expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = init(file, "try");
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining("is there already") });
    expect(readFileSync(file, "utf8")).toBe(written);
  });

  test("makes a site without demo people, at an https address, with a certificate that is there", () => {
    const pem = join(folder, "site.pem");
    expect(init(join(folder, "no"), "site", "https://a.example", pem).status).toBe(1);
    writeFileSync(pem, "certificate");
    expect(init(join(folder, "no"), "site", "http://a.example", pem).status).toBe(2);
    expect(init(join(folder, "no")).status).toBe(2);
    expect(existsSync(join(folder, "no"))).toBe(false);
    const file = join(folder, "site");
    expect(init(file, "site", "https://a.example", pem).status).toBe(0);
    expect(readFileSync(file, "utf8")).toMatch(
      /^COMPOSE_PROFILES=site\nPUBLIC_URL=https:\/\/a\.example\nTOCSIN_SEED_DEMO=0\n/,
    );
  });
});

test.each(["haproxy", "site"])("%s.cfg logs no path and no query, however much it is told to log", (name) => {
  const settings = readFileSync(join(import.meta.dirname, `haproxy/${name}.cfg`), "utf8");
  const formats = [...settings.matchAll(/^ *(?:error-)?log-format "(.*)"$/gm)].map(([, format]) => format);
  expect(formats).toHaveLength(1);
  // Its variables that show the request's line, path, query, or captured headers.
  expect(formats[0]).not.toMatch(/%(?:\[|\{.*\}|\+?r\b|HU|HP|HQ|h[rs])/);
  expect(settings).not.toMatch(
    /^ *(?:option (?:httplog|httpslog)|(?:declare )?capture |http-re\w+ capture)/m,
  );
});

test.each(["haproxy", "site"])(
  "%s.cfg ends headers that come slowly, and gives no source more than half of the places",
  (name) => {
    const settings = readFileSync(join(import.meta.dirname, `haproxy/${name}.cfg`), "utf8");
    const places = Number(/^ *maxconn (\d+)$/m.exec(settings)?.[1]);
    expect(settings).toMatch(/^ *timeout http-request 10s$/m);
    expect(settings).toMatch(/^ *tcp-request connection track-sc0 src\S* table sources$/m);
    const most = Number(
      /^ *tcp-request connection reject if \{ sc0_conn_cur gt (\d+) \}$/m.exec(settings)?.[1],
    );
    expect(most).toBeLessThanOrEqual(places / 2);
  },
);
