import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { StartProblem } from "../services/problem.ts";

/**
 * The key that seals messages, made at the first start: `id:base64` of 32 bytes, in a file of mode 600.
 * @throws StartProblem when there is data already but the key is gone: a new one couldn't open the messages that are
 * sealed.
 */
export function masterKey(home: string): string {
  const file = join(home, "master.key");
  if (!existsSync(file) && existsSync(join(home, "postgres.password"))) {
    throw new StartProblem(
      `${file} is missing, the key that opens the messages stored in ${home}: restore it from a copy, ` +
        "or set TOCSIN_HOME to a new folder to start afresh.",
    );
  }
  return kept(file, () => `k1:${randomBytes(32).toString("base64")}`);
}

/** The password of the login that owns the tables. */
export function ownerPassword(home: string): string {
  return kept(join(home, "owner.password"), () => randomBytes(24).toString("base64url"));
}

/** The file's content; the first time it is made, written through to the disk, and kept with mode 600. */
function kept(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const made = make();
  const descriptor = openSync(`${file}.new`, "w", 0o600);
  writeSync(descriptor, `${made}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
  return made;
}
