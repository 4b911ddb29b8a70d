import { readFileSync } from "node:fs";
import { z } from "zod";
import type { RateSettings, SessionLimits } from "./limits.ts";
import { isNetwork } from "./network.ts";
import { type AuditConfig, parseAuditEnv } from "./audit.ts";

/** A 32-byte key that wraps data keys; `id` is stored beside what it wrapped. */
export interface MasterKey {
  id: string;
  key: Buffer;
}

export type NodeRole = "all" | "api" | "worker";

/** Everything a node needs to know, parsed once from the environment. */
export interface Config {
  role: NodeRole;
  port: number;
  host: string;
  /** Directory of the embedded default's data and of demo.json. */
  home: string;
  /** Address that people and services use; null: http://localhost:PORT. */
  publicUrl: URL | null;
  database: { url: string; migrationUrl: string | null };
  /** Null: an in-process bus, for a single node. */
  redisUrl: string | null;
  temporal: { address: string; namespace: string; taskQueue: string };
  masterKeys: [MasterKey, ...MasterKey[]];
  audit: AuditConfig;
  /** A Presidio analyzer that redacts besides the rules; null: the rules alone. */
  presidioUrl: string | null;
  seedDemo: boolean;
  /** How long people stay signed in. */
  sessions: SessionLimits;
  limits: RateSettings;
  /** Null: people sign in by password. */
  oidc: OidcSettings | null;
  /** Addresses and networks (CIDR) of the proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  logLevel: string;
}

/** The OpenID provider that people may sign in at. */
export interface OidcSettings {
  issuer: URL;
  clientId: string;
  clientSecret: string;
  /** Where the provider sends people back to; to be registered with it. */
  redirectUri: string;
}

/** The environment is unusable; `faults` lists every reason, one line each. */
export class ConfigError extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(`The configuration can't be used:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
    this.name = "ConfigError";
    this.faults = faults;
  }
}

const flag = z
  .enum(["0", "1", "true", "false", ""])
  .default("")
  .transform((value) => value === "1" || value === "true");

/** At most a week; a fraction is for tests. */
const minutes = (standard: number) => z.coerce.number().min(0.01).max(10_080).default(standard);

const count = (standard: number) => z.coerce.number().int().min(1).max(1_000_000).default(standard);

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().default("0.0.0.0"),
  TOCSIN_HOME: z.string().min(1).default(".tocsin"),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_MIGRATION_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s/]+:\d+$/, "must be host:port"),
  TEMPORAL_NAMESPACE: z.string().min(1).default("default"),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default("tocsin"),
  PRESIDIO_URL: z.url({ protocol: /^https?$/ }).optional(),
  TOCSIN_SEED_DEMO: flag,
  TOCSIN_EMBEDDED: flag,
  SESSION_IDLE_MINUTES: minutes(15),
  SESSION_ABSOLUTE_MINUTES: minutes(12 * 60),
  RATE_SENDS_PER_SECOND: count(200),
  RATE_FAILURES_PER_MINUTE: count(30),
  RATE_ACCOUNT_FAILURES: count(10),
  OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  TRUSTED_PROXY: z
    .string()
    .default("")
    .transform((text) => text.split(",").flatMap((entry) => entry.trim() || []))
    .refine(
      (entries) => entries.every(isNetwork),
      "must be addresses or networks like 10.0.0.0/8, with commas",
    ),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
});

/**
 * Reads a node's configuration.
 * @throws ConfigError that names every fault at once.
 */
export function parseEnv(env: NodeJS.ProcessEnv, argv: string[] = []): Config {
  const faults: string[] = [];
  const role = parseRole(argv, faults);
  const masterKeys = parseMasterKeys(env, faults);
  const audit = parseAuditEnv(env, faults);
  const parsed = schema.safeParse(dropEmpty(env));
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = issue.path.join(".");
      faults.push(`${name}: ${env[name] === undefined ? "is not set" : issue.message}`);
    }
    throw new ConfigError(faults);
  }
  const values = parsed.data;
  if (values.REDIS_URL === undefined && !values.TOCSIN_EMBEDDED) {
    faults.push(
      "REDIS_URL: is not set; DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS go together, or none of them",
    );
  }
  const oidc = readOidc(values, faults);
  const [first, ...others] = masterKeys;
  if (faults.length > 0 || first === undefined) throw new ConfigError(faults);
  return {
    role,
    port: values.PORT,
    host: values.HOST,
    home: values.TOCSIN_HOME,
    publicUrl: values.PUBLIC_URL === undefined ? null : new URL(values.PUBLIC_URL),
    database: { url: values.DATABASE_URL, migrationUrl: values.DATABASE_MIGRATION_URL ?? null },
    redisUrl: values.REDIS_URL ?? null,
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.TEMPORAL_TASK_QUEUE,
    },
    masterKeys: [first, ...others],
    audit,
    presidioUrl: values.PRESIDIO_URL ?? null,
    seedDemo: values.TOCSIN_SEED_DEMO,
    sessions: {
      idleSeconds: Math.ceil(values.SESSION_IDLE_MINUTES * 60),
      absoluteSeconds: Math.ceil(values.SESSION_ABSOLUTE_MINUTES * 60),
    },
    limits: {
      sendsPerSecond: values.RATE_SENDS_PER_SECOND,
      failuresPerMinute: values.RATE_FAILURES_PER_MINUTE,
      accountFailures: values.RATE_ACCOUNT_FAILURES,
    },
    trustedProxies: values.TRUSTED_PROXY,
    oidc,
    logLevel: values.LOG_LEVEL,
  };
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

function readOidc(values: z.output<typeof schema>, faults: string[]): OidcSettings | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, PUBLIC_URL } = values;
  if (OIDC_ISSUER === undefined && OIDC_CLIENT_ID === undefined && OIDC_CLIENT_SECRET === undefined)
    return null;
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined || OIDC_CLIENT_SECRET === undefined) {
    faults.push("OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: go together, or none of them");
    return null;
  }
  if (PUBLIC_URL === undefined) {
    faults.push("PUBLIC_URL: is not set; the OpenID provider sends people back to it");
    return null;
  }
  const issuer = new URL(OIDC_ISSUER);
  if (issuer.protocol !== "https:" && !LOOPBACK.has(issuer.hostname))
    faults.push("OIDC_ISSUER: must be https, but on this machine");
  return {
    issuer,
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    redirectUri: new URL("/api/sessions/oidc/callback", PUBLIC_URL).href,
  };
}

function parseRole(argv: string[], faults: string[]): NodeRole {
  const given = argv.find((word) => word.startsWith("--role="))?.slice("--role=".length) ?? "all";
  if (given === "all" || given === "api" || given === "worker") return given;
  faults.push(`--role=${given}: must be api or worker (leave it out for both in one process)`);
  return "all";
}

/** `id:base64[,id:base64]`, 32 bytes each: the first seals, all open. */
export function parseMasterKeys(env: NodeJS.ProcessEnv, faults: string[]): MasterKey[] {
  let text = env["TOCSIN_MASTER_KEY"];
  const file = env["TOCSIN_MASTER_KEY_FILE"];
  if (!text && file) {
    try {
      text = readFileSync(file, "utf8");
    } catch {
      faults.push(`TOCSIN_MASTER_KEY_FILE: ${file} can't be read`);
      return [];
    }
  }
  if (!text) {
    faults.push(
      'TOCSIN_MASTER_KEY: is not set; make one with: echo "k1:$(head -c 32 /dev/urandom | base64)" and keep it safe',
    );
    return [];
  }
  const keys = text
    .trim()
    .split(",")
    .flatMap((entry) => parseMasterKey(entry.trim(), faults));
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    faults.push("TOCSIN_MASTER_KEY: two keys share an id");
  }
  return keys;
}

function parseMasterKey(entry: string, faults: string[]): MasterKey[] {
  const match = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry);
  const key = Buffer.from(match?.[2] ?? "", "base64");
  if (match?.[1] !== undefined && key.length === 32) return [{ id: match[1], key }];
  faults.push("TOCSIN_MASTER_KEY: each key must be id:base64 of exactly 32 bytes, separated by commas");
  return [];
}

function dropEmpty(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
    ),
  );
}
