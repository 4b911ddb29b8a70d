import { readSetting } from "./setting.ts";

/** A 32-byte key that wraps data keys; `id` is stored beside each data key that it wrapped. */
export interface MasterKey {
  id: string;
  key: Buffer;
}

/** Reads TOCSIN_MASTER_KEY (or _FILE), `id:base64[,id:base64]`, 32 bytes each: the first seals, all open. */
export function parseMasterKeys(env: NodeJS.ProcessEnv, faults: string[]): MasterKey[] {
  const setting = readSetting(env, "TOCSIN_MASTER_KEY");
  if (setting === null) {
    faults.push(
      'TOCSIN_MASTER_KEY: is not set; make one with: echo "k1:$(head -c 32 /dev/urandom | base64)" and keep it safe',
    );
    return [];
  }
  if (setting.text === null) {
    faults.push(`${setting.variable}: the file can't be read`);
    return [];
  }
  const keys = setting.text
    .trim()
    .split(",")
    .flatMap((entry) => parseMasterKey(entry.trim(), faults));
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    faults.push("TOCSIN_MASTER_KEY: two keys share an id");
  }
  return keys;
}

function parseMasterKey(entry: string, faults: string[]): MasterKey[] {
  const [, id, text = ""] = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
  const key = Buffer.from(text, "base64");
  if (id !== undefined && key.length === 32) return [{ id, key }];
  faults.push("TOCSIN_MASTER_KEY: each key must be id:base64 of exactly 32 bytes, separated by commas");
  return [];
}
