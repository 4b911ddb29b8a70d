import { createPrivateKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { type AuditSink, parseAuditSink } from "./audit-sink.ts";
import { listOf, readSetting } from "./setting.ts";

/** How the audit record is sealed. */
export interface AuditConfig {
  /** Ed25519 private key; null: one made and kept in `keyFile`. */
  key: KeyObject | null;
  keyFile: string;
  /** True where a key made on the spot is good enough: the embedded default, one node with one home. */
  keyMayBeMade: boolean;
  /** File that gets each checkpoint's hash. */
  anchor: string;
  /** Seconds between two checkpoints. */
  every: number;
  /** Public keys (raw, 32 bytes) that verification accepts beside that of `key`. */
  trusted: Buffer[];
  /** The folder of the archives that `npm run archive` made; null where none is named. */
  archives: string | null;
  /** Where the record goes as it is made; null: nowhere. */
  sink: AuditSink | null;
}

/** Reads TOCSIN_AUDIT_KEY (or _FILE), _ANCHOR, _EVERY and _TRUSTED_KEYS; adds what is wrong with them to `faults`. */
export function parseAuditEnv(env: NodeJS.ProcessEnv, faults: string[]): AuditConfig {
  const home = env["TOCSIN_HOME"] || ".tocsin";
  const every = Number(env["TOCSIN_AUDIT_EVERY"] || 10);
  if (!(every >= 0.1 && every <= 3_600))
    faults.push("TOCSIN_AUDIT_EVERY: must be from 0.1 to 3600 (seconds)");
  return {
    key: readKey(env, faults),
    keyFile: join(home, "audit-key.pem"),
    keyMayBeMade: env["TOCSIN_EMBEDDED"] === "1" || env["TOCSIN_EMBEDDED"] === "true",
    anchor: env["TOCSIN_AUDIT_ANCHOR"] || join(home, "audit-anchor.jsonl"),
    every,
    archives: env["TOCSIN_ARCHIVES"] || null,
    sink: parseAuditSink(env, faults),
    trusted: readTrusted(env["TOCSIN_AUDIT_TRUSTED_KEYS"], faults),
  };
}

function readKey(env: NodeJS.ProcessEnv, faults: string[]): KeyObject | null {
  const setting = readSetting(env, "TOCSIN_AUDIT_KEY");
  if (setting === null) return null;
  if (setting.text === null) {
    faults.push(`${setting.variable}: the file can't be read`);
    return null;
  }
  try {
    return parseAuditKey(setting.text);
  } catch {
    faults.push(
      "TOCSIN_AUDIT_KEY: must be an Ed25519 private key, as PEM (openssl genpkey -algorithm ed25519) or as 32 random bytes in base64",
    );
    return null;
  }
}

/** The bytes that come before the 32 bytes of a key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** An Ed25519 private key from PEM (also with \n written out), or from base64 of its 32 bytes. @throws for anything else */
export function parseAuditKey(text: string): KeyObject {
  const trimmed = text.trim();
  if (!trimmed.startsWith("-----")) {
    const seed = Buffer.from(trimmed, "base64");
    if (seed.length !== 32) throw new Error("not 32 bytes");
    return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" });
  }
  const key = createPrivateKey(trimmed.replaceAll("\\n", "\n"));
  if (key.asymmetricKeyType !== "ed25519") throw new Error("not an Ed25519 key");
  return key;
}

function readTrusted(text: string | undefined, faults: string[]): Buffer[] {
  const keys = listOf(text).map((entry) => Buffer.from(entry, "base64"));
  if (keys.some((key) => key.length !== 32))
    faults.push(
      "TOCSIN_AUDIT_TRUSTED_KEYS: must be public keys of 32 bytes each, in base64, separated by commas",
    );
  return keys;
}
