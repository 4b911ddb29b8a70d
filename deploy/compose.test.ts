import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");
const FILE = join(ROOT, "docker-compose.yml");
const text = readFileSync(FILE, "utf8");

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
const Service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
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
  networks: z.record(z.string(), z.strictObject({ ipv4_address: z.ipv4() })).optional(),
  deploy: z.strictObject({ replicas: z.number() }).optional(),
  healthcheck: Healthcheck.optional(),
});
const Compose = z.strictObject({
  name: z.string(),
  "x-node": z.unknown(),
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
  networks: z.strictObject({
    default: z.strictObject({
      ipam: z.strictObject({
        config: z.tuple([z.strictObject({ subnet: z.cidrv4(), ip_range: z.cidrv4() })]),
      }),
    }),
  }),
});

const compose = Compose.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);

describe("docker-compose.yml, by its own schema", () => {
  test("has the nodes believe the balancer, and it alone, about who calls", () => {
    const { balancer, api } = compose.services;
    expect(api?.environment?.["TRUSTED_PROXY"]).toBe(balancer?.networks?.["default"]?.ipv4_address);
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
      .map((volume) => volume.split(":")[0] ?? "")) {
      if (source.startsWith("./")) expect(statSync(join(ROOT, source)).isFile(), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source);
    }
  });

  test("needs no .env: every variable has a default", () => {
    const variables = text.match(/\$\{[^}]*\}/g) ?? [];
    expect(variables.length).toBeGreaterThan(3);
    for (const variable of variables) expect(variable).toMatch(/^\$\{[A-Z_]+:-[^}]+\}$/);
  });

  test("pins every image and says where it comes from", () => {
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      const image = /^ +image: (\S+)$/.exec(line)?.[1];
      if (image === undefined || image === "tocsin") continue;
      expect(image, "a tag other than latest").toMatch(/^[^:]+:\d/);
      expect(lines.slice(Math.max(0, index - 2), index).join("\n"), image).toMatch(/# https:\/\//);
    }
  });
});

describe("docker-compose.yml, by Compose's own parser", () => {
  /** On a machine without any, the schema above is all there is: the test's name says which it was. */
  const parsers: { name: string; probe: [string, string[]]; run: [string, string[]]; cwd: string }[] = [
    {
      name: "docker-compose config",
      probe: ["docker-compose", ["version"]],
      run: ["docker-compose", ["-f", FILE, "config"]],
      cwd: ROOT,
    },
    {
      name: "docker compose config",
      probe: ["docker", ["compose", "version"]],
      run: ["docker", ["compose", "-f", FILE, "config"]],
      cwd: ROOT,
    },
    {
      name: "compose-go, by go run",
      probe: ["go", ["list", "."]],
      run: ["go", ["run", ".", FILE]],
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
    const { stdout } = await promisify(execFile)(command, args, {
      cwd: found.cwd,
      timeout: 240_000,
      maxBuffer: 1e7,
    });
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

test("the keys are made once, for their owner's eyes only, and kept", () => {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-keys-"));
  const make = (): (string | null)[] => {
    expect(spawnSync(process.execPath, [join(import.meta.dirname, "keys.mjs"), folder]).status).toBe(0);
    return ["master.key", "audit.key"].map((name) => {
      const path = join(folder, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    });
  };
  const first = make();
  expect(first[0]).toMatch(/^k1:[A-Za-z0-9+/]{43}=\n$/);
  expect(make()).toEqual(first);
  rmSync(folder, { recursive: true });
});
