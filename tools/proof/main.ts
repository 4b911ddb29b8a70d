/** `npm run proof`: writes the proof of one notification to a file: all that is on record of it, signed. */
import { writeFileSync } from "node:fs";
import { validate as isUuid } from "uuid";
import { must } from "../../config/must.ts";
import { ownAuditKey } from "../../store/audit/key.ts";
import { gatherProof, NoProof } from "../../store/audit/proof.ts";
import { signProof, writeProof } from "../../store/audit/proof-document.ts";
import { readArguments } from "../arguments.ts";
import { auditConfig } from "../audit-keys.ts";
import { CannotRun } from "../place.ts";
import { openPostgres } from "../replay/place.ts";
import { reason, StartProblem } from "../services/problem.ts";

const USAGE = `Usage: npm run proof -- <notification id> [--out=FILE]

Writes all that is on record of a notification, its copies and its deliveries to a file, signed with the audit key: proof-<id>.json unless --out names another.
DATABASE_URL and TOCSIN_AUDIT_KEY (or _FILE) as on a node; nothing set: those of npm start, while it runs.`;

function readAsked(): { id: string | null; out: string } {
  const options = { out: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
  const { values, positionals } = readArguments({ allowPositionals: true, options }, USAGE);
  if (values.help === true) return { id: null, out: "" };
  const [id, ...others] = positionals;
  if (id === undefined || others.length > 0) throw new CannotRun(USAGE);
  if (!isUuid(id)) throw new CannotRun(`${id} is no id of a notification.`);
  return { id: id.toLowerCase(), out: values.out ?? `proof-${id.toLowerCase()}.json` };
}

async function main(): Promise<void> {
  const { id, out } = readAsked();
  if (id === null) return void process.stdout.write(`${USAGE}\n`);
  const key = await ownAuditKey(auditConfig());
  if (key === null)
    throw new CannotRun("There is no key to sign with: set TOCSIN_AUDIT_KEY, or TOCSIN_HOME to its folder.");
  const knex = openPostgres();
  if (knex === null)
    throw new CannotRun("No database is named: set DATABASE_URL, or start Tocsin (npm start) first.");
  try {
    const content = await gatherProof(knex, "sealer", id);
    if (content === null) throw new CannotRun(`Nothing has the id ${id}.`);
    const proof = signProof(content, key);
    writeFileSync(out, writeProof(proof), { mode: 0o600 });
    const { signature, events, checkpoints, not_sealed: open } = proof;
    const signer = must(
      proof.keys.find(({ key_id }) => key_id === signature.key_id),
      "the signer's key",
    );
    const later =
      open.length === 0 ? "" : `; ${open.length} not sealed yet, and not in it: run it again in a while`;
    process.stdout.write(
      `${out}: ${events.length} events in ${checkpoints.length} checkpoints${later}\nVerify it anywhere: npm run proof:verify -- ${out} --key=${signer.public_key}\n`,
    );
  } finally {
    await knex.destroy();
  }
}

main().catch((error: unknown) => {
  const known = error instanceof CannotRun || error instanceof NoProof || error instanceof StartProblem;
  process.stderr.write(`${known ? error.message : `proof: ${reason(error)}`}\n`);
  process.exitCode = 1;
});
