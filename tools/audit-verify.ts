import { parseArgs } from "node:util";
import { parseAuditEnv } from "../config/audit.ts";
import { withTls } from "../config/postgres.ts";
import { type Verification, verifyRecord } from "../store/audit/verify.ts";
import { trustedAuditKeys } from "../store/audit/key.ts";
import { knownArchives } from "../store/archive/manifest.ts";
import { actAs, openDatabase } from "../store/db/knex.ts";
import { embeddedHome, embeddedUrl } from "./embedded.ts";
import { visible, visibleLines } from "./visible.ts";

const USAGE = `npm run audit:verify [-- --no-anchor --archives=FOLDER]

Recomputes the whole audit record and compares it with its signed checkpoints and the anchor file. What npm run archive took out of the database
is read from its archives. Exit status: 0 all is as it
was sealed, 1 it is not, 2 it can't be verified.

  DATABASE_URL                 any login of Tocsin's; nothing set: the embedded database, while npm start runs it
  TOCSIN_AUDIT_KEY (or _FILE)  the key that signs; or, where only its public half is known:
  TOCSIN_AUDIT_TRUSTED_KEYS    public keys, base64, separated by commas
  TOCSIN_AUDIT_ANCHOR          the anchor file; default audit-anchor.jsonl in TOCSIN_HOME
  --archives                   the folder of the archives; default TOCSIN_ARCHIVES
  --no-anchor                  leaves the anchor file out: a cut-off end then goes unnoticed
`;

/** It can't be verified; the message says what to do. */
class CannotVerify extends Error {}

async function main(): Promise<number> {
  const flags = flagsOf(process.argv.slice(2));
  if (flags === null) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const faults: string[] = [];
  const config = parseAuditEnv(process.env, faults);
  const trusted = await trustedAuditKeys(config);
  if (trusted.length === 0)
    throw new CannotVerify(
      `There is no key to trust: set TOCSIN_AUDIT_KEY or TOCSIN_AUDIT_TRUSTED_KEYS, or TOCSIN_HOME to the folder that holds ${config.keyFile}.`,
    );
  const anchor = flags["no-anchor"] === true ? null : config.anchor;
  const named = process.env["DATABASE_URL"];
  const url = named ? withTls(named, "DATABASE_URL", process.env, faults) : embeddedUrl(embeddedHome());
  if (faults.length > 0) throw new CannotVerify(faults.join("\n"));
  if (url === null) {
    throw new CannotVerify(
      `Nothing runs on ${embeddedHome()}: set DATABASE_URL, or start Tocsin (npm start) and verify while it runs.`,
    );
  }
  const knex = openDatabase(url, { max: 1 });
  try {
    const archives = flags.archives ?? config.archives;
    const known = await actAs(knex, "sealer", knownArchives);
    if (known.length > 0 && archives === null)
      throw new CannotVerify(
        `${count(known.length, "archive")} hold older rows: say --archives=FOLDER, or set TOCSIN_ARCHIVES.`,
      );
    const report = await verifyRecord(knex, { trusted, anchor, archives, onProgress: progress() });
    for (const { checkpoint, what } of report.findings)
      say(`${checkpoint === null ? "" : `checkpoint ${checkpoint} `}${what}`);
    say(verdict(report));
    return report.findings.length === 0 ? 0 : 1;
  } finally {
    await knex.destroy();
  }
}

function flagsOf(args: string[]) {
  try {
    return parseArgs({ args, options: { "no-anchor": { type: "boolean" }, archives: { type: "string" } } })
      .values;
  } catch {
    return null;
  }
}

const SECOND = 1_000;

function progress(): (checkpoint: number, events: number) => void {
  let next = Date.now() + SECOND;
  return (checkpoint, events) => {
    if (Date.now() < next) return;
    next = Date.now() + SECOND;
    say(`… ${count(events, "event")}, up to checkpoint ${checkpoint}`);
  };
}

function verdict({
  findings,
  last,
  checkpoints,
  sealed,
  unsealed,
  anchoredUpTo,
  unreadableLines,
}: Verification): string {
  const bad = findings.flatMap(({ checkpoint }) => checkpoint ?? []);
  if (bad.length > 0) return `NOT AS SEALED: checkpoint ${Math.min(...bad)} is the first bad one`;
  if (findings.length > 0) return `NOT AS SEALED: ${findings[0]?.what}`;
  const anchor =
    anchoredUpTo === null
      ? "the anchor file was left out, so the end may be cut off"
      : `the anchor file agrees up to checkpoint ${anchoredUpTo}`;
  const torn =
    unreadableLines > 0 ? ` (${count(unreadableLines, "line")} unreadable, as a crash leaves them)` : "";
  const until = last === null ? "" : `, the last of ${last.createdAt.toISOString()}`;
  return (
    `as sealed: ${count(sealed, "event")} in ${count(checkpoints, "checkpoint")}${until}; ${anchor}${torn}; ` +
    `${count(unsealed, "event")} not sealed yet`
  );
}

const count = (number: number, noun: string): string =>
  `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
const say = (line: string): boolean => process.stdout.write(`audit:verify: ${visible(line)}\n`);

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof CannotVerify;
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`audit:verify: ${visibleLines(known ? why : `can't verify: ${why}`)}\n`);
    process.exitCode = 2;
  },
);
