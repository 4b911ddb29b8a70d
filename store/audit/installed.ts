import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Knex } from "knex";
import { type Catalogue, readCatalogue } from "./catalogue.ts";
import { isTransition } from "../db/transitions.ts";
import type { Finding } from "./finding.ts";

/** The objects that this version's migrations install: a line each, the SHA-256 of the definition and the object's name. */
const INSTALLED = new URL("../migrations/catalogue.txt", import.meta.url);

/** How much of a definition a finding shows; characters. */
const SHOWN = 160;

/**
 * Compares the database with the objects that this version installs: functions, triggers, rules, policies, tables and rights. What
 * to expect comes with the program, so that whoever owns the tables can't change it.
 */
export async function findAltered(knex: Knex): Promise<Finding[]> {
  const installed = new Map(
    readFileSync(INSTALLED, "utf8")
      .trim()
      .split("\n")
      .map((line) => [line.slice(HASH_LENGTH + 1), line.slice(0, HASH_LENGTH)]),
  );
  const found = await readCatalogue(knex);
  const what: string[] = [];
  for (const [name, hash] of installed) {
    const text = found.get(name);
    if (text === undefined) what.push(`${name}: missing`);
    else if (hashOf(text) !== hash)
      what.push(`${name}: not as this version installs it, but ${shorten(text)}`);
  }
  for (const [name, text] of found)
    if (!installed.has(name) && !isOtherVersion(name, text))
      what.push(`${name}: not installed by this version: ${shorten(text)}`);
  return what.map((difference) => ({ checkpoint: null, what: difference }));
}

/** Whether it is a transition that a node of another version calls: it runs as its caller, so it can do nothing that the caller can't. */
function isOtherVersion(name: string, text: string): boolean {
  const [, called = ""] = /^function (\w+)\(/.exec(name) ?? [];
  return isTransition(called) && !text.includes("; as its owner");
}

/** The lines that `catalogue.txt` must hold for a database that was migrated just now. */
export const linesOf = (catalogue: Catalogue): string =>
  [...catalogue]
    .map(([name, text]) => `${hashOf(text)} ${name}\n`)
    .toSorted((one, other) => (one.slice(HASH_LENGTH) < other.slice(HASH_LENGTH) ? -1 : 1))
    .join("");

const HASH_LENGTH = 43;
const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url");

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`;
}
