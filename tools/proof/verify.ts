/** `npm run proof:verify`: holds a proof to itself and to a public key. It asks no server. */
import { readFileSync } from "node:fs";
import { parseAuditEnv } from "../../config/audit.ts";
import { trustedAuditKeys } from "../../store/audit/key.ts";
import { type Proof, verifyProof } from "../../store/audit/proof-document.ts";
import { readArguments } from "../arguments.ts";
import { CannotRun } from "../place.ts";
import { reason, StartProblem } from "../services/problem.ts";
import { visible, visibleLines } from "../visible.ts";

const USAGE = `Usage: npm run proof:verify -- <file> [--key=PUBLIC KEY …]

Verifies a proof of delivery: every event, its way into its checkpoint, every checkpoint, the signature. It asks no server.
  --key   a public key that you trust, base64; else TOCSIN_AUDIT_TRUSTED_KEYS and the audit key of TOCSIN_HOME
Exit status: 0 all is as it was signed, 1 it is not, 2 it can't be verified.`;

/** The keys that are given, or else those that the environment has. */
async function trustedKeys(given: string[]): Promise<Buffer[]> {
  const faults: string[] = [];
  const env = given.length === 0 ? process.env : { TOCSIN_AUDIT_TRUSTED_KEYS: given.join(",") };
  const config = parseAuditEnv(env, faults);
  if (faults.length > 0) throw new CannotRun(faults.join("\n"));
  const keys = given.length === 0 ? await trustedAuditKeys(config) : config.trusted;
  if (keys.length === 0)
    throw new CannotRun("There is no key to trust: give the public key that signed with --key=….");
  return keys;
}

function read(file: string): string {
  try {
    // A byte that is no UTF-8 is no byte of a proof.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (cause) {
    if (cause instanceof TypeError) return "";
    throw new CannotRun(`${file} can't be read.`, { cause });
  }
}

const say = (line: string): void => void process.stdout.write(`${visible(line)}\n`);

function tell({ notification_id: id, events, checkpoints, not_sealed: open, made_at: made }: Proof): void {
  for (const { at, action, outcome, actor, object_id: object, payload } of events) {
    const about = object === id ? "" : `  ${object}`;
    say(
      `${new Date(Number(at) * 1_000).toISOString()}  ${action.padEnd(26)} ${outcome.padEnd(6)} ${actor}${about}  ${payload}`,
    );
  }
  const last = checkpoints.at(-1);
  const until =
    last === undefined ? "" : `, the last sealed at ${last.created_at} with the hash ${last.hash}`;
  const later =
    open.length === 0 ? "" : ` ${open.length} events were not sealed yet then, and are not in it.`;
  say(
    `As signed: ${events.length} events of ${id} in ${checkpoints.length} checkpoints${until}; put together at ${made}.${later}`,
  );
}

async function main(): Promise<void> {
  const options = {
    key: { type: "string", multiple: true },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values, positionals } = readArguments({ allowPositionals: true, options }, USAGE);
  if (values.help === true) return void process.stdout.write(`${USAGE}\n`);
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new CannotRun(USAGE);
  const trusted = await trustedKeys(values.key ?? []);
  const { proof, faults } = verifyProof(read(file), trusted);
  if (proof !== null && faults.length === 0) return tell(proof);
  for (const fault of faults) say(fault);
  say(`NOT AS SIGNED: ${faults[0]}`);
  process.exitCode = 1;
}

main().catch((error: unknown) => {
  const known = error instanceof CannotRun || error instanceof StartProblem;
  const why = known ? error.message : `proof:verify: ${reason(error)}`;
  process.stderr.write(`${visibleLines(why)}\n`);
  process.exitCode = 2;
});
