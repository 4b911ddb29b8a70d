import { loadClientConnectConfig } from "@temporalio/envconfig";
import type { NativeConnectionOptions } from "@temporalio/worker";
import { readSetting } from "./setting.ts";
import { readTlsFiles } from "./tls-files.ts";

/** Where Temporal is, and how it is spoken to. */
export interface TemporalSettings {
  /** host:port */
  address: string;
  namespace: string;
  taskQueue: string;
  /** The version of the workflows' code, by which Temporal tells nodes apart while a release rolls; nothing: all nodes are alike. */
  buildId?: string;
  /** TLS, the API key and further metadata, as `@temporalio/envconfig` reads them; nothing: plain text. */
  connection?: Pick<NativeConnectionOptions, "tls" | "apiKey" | "metadata">;
}

/**
 * What Temporal's own variables say of the connection: TEMPORAL_API_KEY (or _FILE), TEMPORAL_TLS…, TEMPORAL_GRPC_META_…, and a profile of
 * the file that TEMPORAL_CONFIG_FILE names. Adds what is wrong with them to `faults`.
 */
export function readTemporalConnection(
  env: NodeJS.ProcessEnv,
  faults: string[],
): NonNullable<TemporalSettings["connection"]> {
  const apiKey = readSetting(env, "TEMPORAL_API_KEY");
  if (apiKey?.text === null) faults.push(`${apiKey.variable}: the file can't be read`);
  for (const [data, path] of FILES)
    if (env[data] && env[path]) faults.push(`${data}, ${path}: one of them, not both`);
  const variables = {
    ca: "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    cert: "TEMPORAL_TLS_CLIENT_CERT_PATH",
    key: "TEMPORAL_TLS_CLIENT_KEY_PATH",
  };
  const before = faults.length;
  readTlsFiles(env, variables, faults);
  if (faults.length > before) return {};
  try {
    const { connectionOptions } = loadClientConnectConfig({
      overrideEnvVars: definedOf({ ...env, TEMPORAL_API_KEY: apiKey?.text?.trim() }),
      disableFile: !env["TEMPORAL_CONFIG_FILE"],
    });
    const { tls, apiKey: key, metadata } = connectionOptions;
    if (
      tls === false &&
      (key !== undefined || Object.keys(env).some((name) => name.startsWith("TEMPORAL_TLS_")))
    )
      faults.push(
        "TEMPORAL_TLS: is off, beside an API key or TEMPORAL_TLS_… that would go unused; take one of them out",
      );
    return {
      ...(tls === undefined ? {} : { tls }),
      ...(key === undefined ? {} : { apiKey: key }),
      ...(metadata === undefined ? {} : { metadata }),
    };
  } catch (error) {
    faults.push(`TEMPORAL_…: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

const FILES = ["SERVER_CA_CERT", "CLIENT_CERT", "CLIENT_KEY"].map(
  (name) => [`TEMPORAL_TLS_${name}_DATA`, `TEMPORAL_TLS_${name}_PATH`] as const,
);

const definedOf = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
