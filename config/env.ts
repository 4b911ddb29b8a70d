import { z } from "zod";
import type { RateSettings, SessionLimits } from "./limits.ts";
import { type AuditConfig, parseAuditEnv } from "./audit.ts";
import { type ChannelSettings, readChannelSettings } from "./channels.ts";
import { type MasterKey, parseMasterKeys } from "./master-keys.ts";
import { isNetwork, isWide } from "./network.ts";
import { oidcSchema, type OidcSettings, readOidc } from "./oidc.ts";
import { withTls } from "./postgres.ts";
import { readRedis, type RedisSettings } from "./redis.ts";
import { listOf } from "./setting.ts";
import { readTelemetry, type Telemetry } from "./telemetry.ts";
import { readTemporalConnection, type TemporalSettings } from "./temporal-settings.ts";
import { readTlsFiles } from "./tls-files.ts";

export type NodeRole = "all" | "api" | "worker";

/** Everything a node needs to know, parsed once from the environment. */
export interface Config {
  role: NodeRole;
  port: number;
  host: string;
  /** The files with this node's own certificate and key; null: it speaks plain HTTP. */
  tls: { cert: string; key: string } | null;
  /** Where health and metrics are served besides; null: nowhere. */
  metricsPort: number | null;
  /** Null: it tells no collector of OpenTelemetry. */
  telemetry: Telemetry | null;
  /** Directory of the embedded default's data and of demo.json. */
  home: string;
  /** Address that people and services use; null: http://localhost:PORT. */
  publicUrl: URL | null;
  database: { url: string; migrationUrl: string | null };
  /** Connections to PostgreSQL that this node has at most. */
  connections: number;
  /** Null: an in-process bus, for a single node. */
  redis: RedisSettings | null;
  temporal: TemporalSettings;
  /** Temporal's own pages, to which engineers are led. */
  temporalUi: URL | null;
  masterKeys: [MasterKey, ...MasterKey[]];
  audit: AuditConfig;
  channels: ChannelSettings;
  /** A Presidio analyzer that redacts besides the rules; null: the rules alone. */
  presidioUrl: string | null;
  seedDemo: boolean;
  /** How long people stay signed in. */
  sessions: SessionLimits;
  /** Roles in the installation that need a second factor, and the days of grace. */
  secondFactor: { roles: ("admin" | "auditor")[]; graceDays: number };
  limits: RateSettings;
  /** How long a message may be; bytes in UTF-8. */
  messageBytes: number;
  /** How many attempts a plugin makes at a time in each lane of a node with two cores. */
  pluginConcurrency: number;
  /** Threads that redact; null: as many as suit the machine. */
  redactionThreads: number | null;
  /** Null: people sign in by password. */
  oidc: OidcSettings | null;
  /** Addresses and networks (CIDR) of the proxies whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  logLevel: string;
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

/** Connections to PostgreSQL of a node with two cores. */
export const CONNECTIONS = 18;

const count = (standard: number) => z.coerce.number().int().min(1).max(1_000_000).default(standard);

/** A message may be as long as a body at most, which holds its other fields too. */
const messageBytes = z.coerce.number().int().min(1_024).max(65_536).default(16_384);

const schema = z.object({
  TOCSIN_METRICS_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
  HOST: z.string().default("0.0.0.0"),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  TOCSIN_HOME: z.string().min(1).default(".tocsin"),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_MIGRATION_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATABASE_CONNECTIONS: z.coerce.number().int().min(9).max(1_000).default(CONNECTIONS),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  TEMPORAL_ADDRESS: z.string().regex(/^[^\s/]+:\d+$/, "must be host:port"),
  TEMPORAL_NAMESPACE: z.string().min(1).default("default"),
  TEMPORAL_UI_URL: z.url({ protocol: /^https?$/ }).optional(),
  TEMPORAL_TASK_QUEUE: z.string().min(1).default("tocsin"),
  TOCSIN_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/, "must be letters, digits, dots, - and _, 128 at most")
    .optional(),
  PRESIDIO_URL: z.url({ protocol: /^https?$/ }).optional(),
  TOCSIN_SEED_DEMO: z.literal("force").or(flag),
  TOCSIN_EMBEDDED: flag,
  SESSION_IDLE_MINUTES: minutes(15),
  SESSION_ABSOLUTE_MINUTES: minutes(12 * 60),
  MESSAGE_MAX_BYTES: messageBytes,
  PLUGIN_CONCURRENCY: z.coerce.number().int().min(1).max(1_000).default(20),
  REDACTION_THREADS: z.coerce.number().int().min(1).max(64).optional(),
  SECOND_FACTOR_ROLES: z
    .string()
    .default("")
    .transform(listOf)
    .pipe(z.array(z.enum(["admin", "auditor"], { error: "must be admin, auditor or both, with a comma" }))),
  SECOND_FACTOR_GRACE_DAYS: z.coerce.number().int().min(0).max(90).default(7),
  RATE_SENDS_PER_SECOND: count(200),
  RATE_REVEALS_PER_HOUR: count(30),
  RATE_FAILURES_PER_MINUTE: count(30),
  RATE_ACCOUNT_FAILURES: count(10),
  ...oidcSchema,
  TRUSTED_PROXY: z
    .string()
    .default("")
    .transform(listOf)
    .refine((entries) => entries.every(isNetwork), {
      error: "must be addresses or networks like 10.0.0.0/8, with commas",
      abort: true,
    })
    .refine(
      (entries) => !entries.some(isWide),
      "names a network wider than /8 (of IPv6, /7): callers in it could say that they are anybody. Name the addresses or networks of the proxies alone",
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
  const values = readValues(dropEmpty(env), faults);
  if (values.REDIS_URL === undefined && !values.TOCSIN_EMBEDDED) {
    faults.push(
      "REDIS_URL: is not set; DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS go together, or none of them",
    );
  }
  const { TLS_CERT: cert, TLS_KEY: key } = values;
  const isHttps = cert !== undefined || values.PUBLIC_URL?.startsWith("https:") === true;
  if (values.TOCSIN_SEED_DEMO === true && isHttps) {
    faults.push(
      "TOCSIN_SEED_DEMO: makes people, an admin among them, whose passwords lie in demo.json: nothing for a site with TLS_CERT or an https PUBLIC_URL. " +
        "Set it to 0 and run npm run admin:create, or say force",
    );
  }
  readTlsFiles(env, { cert: "TLS_CERT", key: "TLS_KEY" }, faults);
  if (cert !== undefined && values.PUBLIC_URL?.startsWith("http:") === true)
    faults.push("PUBLIC_URL: says http:, and with TLS_CERT this node speaks https: alone");
  const url = withTls(values.DATABASE_URL, "DATABASE_URL", env, faults);
  const migrationUrl =
    values.DATABASE_MIGRATION_URL === undefined
      ? null
      : withTls(values.DATABASE_MIGRATION_URL, "DATABASE_MIGRATION_URL", env, []);
  const redis = values.REDIS_URL === undefined ? null : readRedis(values.REDIS_URL, env, faults);
  const connection = readTemporalConnection(env, faults);
  const telemetry = readTelemetry(env, faults);
  const oidc = readOidc(values, values.PUBLIC_URL, faults);
  const [first, ...others] = masterKeys;
  if (faults.length > 0 || first === undefined) throw new ConfigError(faults);
  return {
    role,
    port: values.PORT,
    host: values.HOST,
    tls: cert === undefined || key === undefined ? null : { cert, key },
    metricsPort: values.TOCSIN_METRICS_PORT ?? null,
    telemetry,
    home: values.TOCSIN_HOME,
    publicUrl: values.PUBLIC_URL === undefined ? null : new URL(values.PUBLIC_URL),
    database: { url, migrationUrl },
    connections: values.DATABASE_CONNECTIONS,
    redis,
    temporalUi: values.TEMPORAL_UI_URL === undefined ? null : new URL(values.TEMPORAL_UI_URL),
    temporal: {
      address: values.TEMPORAL_ADDRESS,
      namespace: values.TEMPORAL_NAMESPACE,
      taskQueue: values.TEMPORAL_TASK_QUEUE,
      ...(values.TOCSIN_BUILD_ID === undefined ? {} : { buildId: values.TOCSIN_BUILD_ID }),
      connection,
    },
    masterKeys: [first, ...others],
    audit,
    channels: readChannelSettings(env),
    presidioUrl: values.PRESIDIO_URL ?? null,
    seedDemo: values.TOCSIN_SEED_DEMO !== false,
    sessions: {
      idleSeconds: Math.ceil(values.SESSION_IDLE_MINUTES * 60),
      absoluteSeconds: Math.ceil(values.SESSION_ABSOLUTE_MINUTES * 60),
    },
    secondFactor: { roles: values.SECOND_FACTOR_ROLES, graceDays: values.SECOND_FACTOR_GRACE_DAYS },
    limits: {
      sendsPerSecond: values.RATE_SENDS_PER_SECOND,
      revealsPerHour: values.RATE_REVEALS_PER_HOUR,
      failuresPerMinute: values.RATE_FAILURES_PER_MINUTE,
      accountFailures: values.RATE_ACCOUNT_FAILURES,
    },
    messageBytes: values.MESSAGE_MAX_BYTES,
    pluginConcurrency: values.PLUGIN_CONCURRENCY,
    redactionThreads: values.REDACTION_THREADS ?? null,
    trustedProxies: values.TRUSTED_PROXY,
    oidc,
    logLevel: values.LOG_LEVEL,
  };
}

/** What stands in for services that are not named, or not well, so that the other faults are found too; with a fault none of it is used. */
export const STAND_INS = { DATABASE_URL: "postgres://localhost/tocsin", TEMPORAL_ADDRESS: "localhost:7233" };

/** The values of the schema; adds every fault to `faults`, and goes on as if what is at fault had not been set. */
function readValues(env: Record<string, string>, faults: string[]): z.infer<typeof schema> {
  const parsed = schema.safeParse(env, { error: inWords });
  if (parsed.success) return parsed.data;
  const wrong = new Set<string>();
  for (const { path, message } of parsed.error.issues) {
    const name = path.map(String)[0] ?? "";
    wrong.add(name);
    faults.push(`${name}: ${env[name] === undefined ? "is not set" : message}`);
  }
  const others = Object.entries(env).filter(([name]) => !wrong.has(name));
  return schema.parse({ ...STAND_INS, ...Object.fromEntries(others) });
}

/** What an address looks like, by the variable that holds it. */
const EXAMPLES: Record<string, string> = {
  DATABASE_URL: "postgresql://…",
  DATABASE_MIGRATION_URL: "postgresql://…",
  REDIS_URL: "redis://…",
};

/** A fault as whoever sets the variable would say it, where the schema has no words of its own. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type")
    return `must be a ${issue.expected === "int" ? "whole number" : issue.expected}`;
  if (issue.code === "too_small") return `must be ${issue.minimum} or more`;
  if (issue.code === "too_big") return `must be ${issue.maximum} or less`;
  if (issue.code === "invalid_value")
    return `must be one of ${issue.values.filter((value) => value !== "").join(", ")}`;
  if (issue.code === "invalid_format" && issue.format === "url")
    return `must be an address like ${EXAMPLES[String(issue.path?.[0])] ?? "https://…"}`;
  return undefined;
}

function parseRole(argv: string[], faults: string[]): NodeRole {
  for (const word of argv)
    if (word !== "--check" && !word.startsWith("--role="))
      faults.push(`${word}: there is no such option; there are --role=api, --role=worker and --check`);
  const given = argv.find((word) => word.startsWith("--role="))?.slice("--role=".length) ?? "all";
  if (given === "all" || given === "api" || given === "worker") return given;
  faults.push(`--role=${given}: must be api or worker (leave it out for both in one process)`);
  return "all";
}

function dropEmpty(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
    ),
  );
}
