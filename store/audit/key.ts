import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type AuditConfig, parseAuditKey } from "../../config/audit.ts";
import { ConfigError } from "../../config/env.ts";
import { rawPublicKey } from "./checkpoint.ts";
import type { Logger } from "../../config/log.ts";

/**
 * The key that signs checkpoints: the configured one, else that in `keyFile`, made there (mode 600) the first time.
 * @throws ConfigError when it can't be read or made
 */
export async function loadAuditKey(config: AuditConfig, log: Logger): Promise<KeyObject> {
  if (config.key !== null) return config.key;
  if (!config.keyMayBeMade) {
    log.warn(
      { file: config.keyFile },
      "TOCSIN_AUDIT_KEY is not set: checkpoints of the audit record are signed with a key of this node's own. " +
        "Set it, the same on every node, and keep it away from the database",
    );
  }
  try {
    return (await readAuditKey(config.keyFile)) ?? (await makeAuditKey(config.keyFile));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `TOCSIN_AUDIT_KEY: is not set, and ${config.keyFile} can't be used instead (${reason}). Set it, or have TOCSIN_HOME name a folder that can be written`,
    ]);
  }
}

/** The configured key, else that in `keyFile`; null where there is neither. */
export async function ownAuditKey({ key, keyFile }: AuditConfig): Promise<KeyObject | null> {
  return key ?? (await readAuditKey(keyFile));
}

/** The public keys whose signatures count: that of the audit key that is there, and those that TOCSIN_AUDIT_TRUSTED_KEYS names; raw. */
export async function trustedAuditKeys(config: AuditConfig): Promise<Buffer[]> {
  const own = await ownAuditKey(config);
  return own === null ? config.trusted : [rawPublicKey(own), ...config.trusted];
}

/** The key kept in a file, or null when there is no such file. */
export async function readAuditKey(file: string): Promise<KeyObject | null> {
  try {
    return parseAuditKey(await readFile(file, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** Written aside and linked: of nodes that start together on one home, all get the first one's key. */
async function makeAuditKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const aside = `${file}.${randomUUID()}`;
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(aside, "wx", 0o600);
  try {
    await handle.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
    await handle.sync();
    await link(aside, file);
    return privateKey;
  } catch (error) {
    const first = hasCode(error, "EEXIST") ? await readAuditKey(file) : null;
    if (first === null) throw error;
    return first;
  } finally {
    await handle.close();
    await rm(aside, { force: true });
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
