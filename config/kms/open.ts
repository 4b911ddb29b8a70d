import { ConfigError } from "../env.ts";
import { listOf, readSetting } from "../setting.ts";
import { awsKms } from "./aws.ts";
import { commandProvider } from "./command.ts";
import { type KeyProvider, KeyProviderError } from "./provider.ts";
import { vaultTransit } from "./vault.ts";

const PROVIDERS: Record<string, (env: NodeJS.ProcessEnv) => KeyProvider> = {
  aws: awsKms,
  vault: vaultTransit,
  command: commandProvider,
};

/**
 * The environment with its master keys opened, where TOCSIN_KMS names the service that wrapped them; else as it is. The keys are asked for
 * once, at the start, and are in this process's memory alone from then on.
 * @throws ConfigError that names each key that can't be opened
 */
export async function openMasterKeys(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const kind = env["TOCSIN_KMS"];
  if (!kind) return env;
  const make = Object.hasOwn(PROVIDERS, kind) ? PROVIDERS[kind] : undefined;
  if (make === undefined) throw new ConfigError([`TOCSIN_KMS: must be ${Object.keys(PROVIDERS).join(", ")}`]);
  const faults: string[] = [];
  const setting = readSetting(env, "TOCSIN_MASTER_KEY");
  if (setting === null || setting.text === null)
    throw new ConfigError([
      `${setting?.variable ?? "TOCSIN_MASTER_KEY"}: ${setting === null ? "is not set" : "the file can't be read"}`,
    ]);
  try {
    const provider = make(env);
    const entries = listOf(setting.text.trim());
    const opened = await Promise.all(entries.map((entry) => open(entry, provider, faults)));
    if (faults.length > 0) throw new ConfigError(faults);
    return { ...env, TOCSIN_MASTER_KEY: opened.join(","), TOCSIN_MASTER_KEY_FILE: undefined };
  } catch (error) {
    throw error instanceof KeyProviderError ? new ConfigError([error.message]) : error;
  }
}

/** `id:wrapped` as `id:base64`. */
async function open(entry: string, provider: KeyProvider, faults: string[]): Promise<string> {
  const [, id, wrapped] = /^([A-Za-z0-9_-]{1,64}):(.+)$/s.exec(entry) ?? [];
  if (id === undefined || wrapped === undefined) {
    faults.push("TOCSIN_MASTER_KEY: with TOCSIN_KMS, each key must be id:wrapped, separated by commas");
    return "";
  }
  try {
    const key = await provider.unwrap(wrapped, id);
    if (key.length === 32) return `${id}:${key.toString("base64")}`;
    faults.push(
      `TOCSIN_MASTER_KEY: ${provider.name} opens "${id}" as ${key.length} bytes, and a master key has 32`,
    );
  } catch (error) {
    const why =
      error instanceof KeyProviderError ? error.message : `${provider.name} answers what can't be read`;
    faults.push(`TOCSIN_MASTER_KEY: "${id}" can't be opened: ${why}`);
  }
  return "";
}
