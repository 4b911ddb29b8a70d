/**
 * Makes the installation's keys in a folder, unless they are there: the master key that seals messages, and the key
 * that signs the audit record. Losing master.key loses every sealed message: keep a copy.
 */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "/keys";
const keys = {
  "master.key": () => `k1:${randomBytes(32).toString("base64")}\n`,
  "audit.key": () => `${randomBytes(32).toString("base64")}\n`,
};
for (const [name, make] of Object.entries(keys)) {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: "wx" });
}
