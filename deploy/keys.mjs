/**
 * Makes one of the installation's keys in a folder of its own, unless it is there: the master key that seals messages, or the key
 * that signs the audit record. Whoever holds both could rewrite the record, so each has its volume. Losing master.key loses every sealed
 * message: keep a copy.
 *
 *   node keys.mjs /keys/master master.key
 */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const KEYS = {
  "master.key": () => `k1:${randomBytes(32).toString("base64")}\n`,
  "audit.key": () => `${randomBytes(32).toString("base64")}\n`,
};
const [folder = "", name = ""] = process.argv.slice(2);
const make = KEYS[name];
if (make === undefined) throw new Error(`usage: node keys.mjs FOLDER ${Object.keys(KEYS).join("|")}`);
const file = join(folder, name);
if (!existsSync(file)) writeFileSync(file, make(), { mode: 0o600, flag: "wx" });
