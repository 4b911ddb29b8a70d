import { Redis } from "ioredis";
import { explainTls, NO_HANDSHAKE, type TlsMaterial } from "./tls.ts";
import { readTlsFiles } from "./tls-files.ts";

/** How long a command may take before Redis counts as away, in ms. */
export const COMMAND_TIMEOUT_MS = 500;

/** A Redis server, as the environment names it. */
export interface RedisSettings {
  /** redis: or rediss: URL */
  url: string;
  /** For rediss: alone. */
  tls?: TlsMaterial;
}

const VARIABLES = { ca: "REDIS_TLS_CA", cert: "REDIS_TLS_CERT", key: "REDIS_TLS_KEY" };

/** What REDIS_TLS_CA, _CERT, _KEY and _SERVER_NAME say of the server at `url`; adds what is wrong with them to `faults`. */
export function readRedis(url: string, env: NodeJS.ProcessEnv, faults: string[]): RedisSettings {
  const tls = readTlsFiles(env, VARIABLES, faults);
  const servername = env["REDIS_TLS_SERVER_NAME"];
  if (servername) tls.servername = servername;
  if (url.startsWith("rediss:")) return { url, tls };
  if (Object.keys(tls).length > 0)
    faults.push("REDIS_URL: says redis:, without TLS, beside REDIS_TLS_…; write rediss:");
  return { url };
}

/**
 * Connects to Redis for live delivery. Commands fail at once while it is away instead of queueing; the client comes
 * back by itself, after 50 ms to 2 s. The caller adds an `error` listener and subscribes again on `ready`.
 * @param name the connection's name in `CLIENT LIST`
 */
export function createRedis({ url, tls }: RedisSettings, name: string, { pipelining = false } = {}): Redis {
  return new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.5 + Math.random() / 2),
    enableAutoPipelining: pipelining,
    ...(tls === undefined ? {} : { tls: namedAfter(url, tls) }),
  });
}

/** ioredis says no name to the server unless it is told one. */
function namedAfter(url: string, tls: TlsMaterial): TlsMaterial {
  const { hostname } = new URL(url);
  return /^[\d.]+$|^\[/.test(hostname) ? tls : { servername: hostname, ...tls };
}

/** What a server, or the way to it, says of a mistake in REDIS_URL, and what to do. */
const MISTAKES: [RegExp, string][] = [
  [/WRONGPASS/, "refuses the login or its password: correct it in REDIS_URL"],
  [/NOAUTH/, "asks for a password: give it in REDIS_URL, as in redis://:password@host:6379"],
  [/DB index/, "has no database of that number: correct what ends REDIS_URL"],
  [/ENOTFOUND|EAI_AGAIN/, "can't be found: correct the host in REDIS_URL"],
  [/ECONNREFUSED/, "does not listen there: start it, or correct host and port in REDIS_URL"],
];

/** Why a connection to Redis failed, and what to do; null where `error` says nothing of it. */
export function explainRedis(error: unknown, { url, tls }: RedisSettings): string | null {
  const { host } = new URL(url);
  const signs = error instanceof Error ? `${"code" in error ? String(error.code) : ""} ${error.message}` : "";
  const mistake = MISTAKES.find(([pattern]) => pattern.test(signs));
  if (mistake !== undefined) return `Redis at ${host} ${mistake[1]}`;
  if (tls === undefined) return null;
  const late = error instanceof Error && "code" in error && error.code === "ETIMEDOUT";
  return explainTls(
    late ? Object.assign(new Error("no answer in time", { cause: error }), { code: NO_HANDSHAKE }) : error,
    {
      service: "Redis",
      host,
      ca: VARIABLES.ca,
      client: `${VARIABLES.cert} and ${VARIABLES.key}`,
      otherName:
        "Name Redis in REDIS_URL as its certificate does, or say that name in REDIS_TLS_SERVER_NAME.",
      asked: "REDIS_URL",
    },
  );
}
