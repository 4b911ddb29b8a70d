import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { loadInstallationKey } from "../store/crypto/secrets.ts";
import { createVault } from "../store/crypto/vault.ts";
import { openDatabase } from "../store/db/knex.ts";
import { DatabaseSetupError, prepareDatabase } from "../store/db/prepare.ts";
import { createCredentials } from "../store/people/credentials.ts";
import { makeFirstAdmin } from "../store/people/first-admin.ts";
import { CannotRun, findPlace } from "./place.ts";

const USAGE = `npm run admin:create [-- --email=you@hospital.example --name="Your Name"]

Makes the first administrator of an installation, and prints a link by which they set their password: good once, for a day. It
asks for what is not given. A database that is empty is migrated first. Run again, it makes another link, until somebody
administers the installation. Exit status: 0 made; 1 there is an administrator, or the email is somebody else's; 2 it can't run.

  DATABASE_URL                   as the nodes have it; nothing set: the embedded database, while npm start runs it
  DATABASE_MIGRATION_URL         the login that owns the tables, where the nodes have it
  TOCSIN_MASTER_KEY (or _FILE)   as the nodes have it
  PUBLIC_URL                     the address in the link; default localhost:PORT, https: with TLS_CERT
`;

interface Person {
  email: string;
  name: string;
}

const REFUSALS = {
  admin: "Somebody administers this installation already: they make others under People.",
  taken: "Somebody else has that email, who is no administrator.",
  "not an email": "That is no email: it must be ASCII, with an @.",
};

async function main(): Promise<number> {
  const person = await askFor(givenBy(process.argv.slice(2)));
  if (person === null) {
    process.stdout.write(USAGE);
    return process.argv.includes("--help") ? 0 : 2;
  }
  const { keys, url, migrationUrl } = await findPlace("make it");
  const knex = openDatabase(await prepareDatabase({ database: { url, migrationUrl }, masterKeys: keys }), {
    max: 1,
  });
  try {
    const { invitations } = createCredentials(await loadInstallationKey(knex, createVault(keys)));
    const made = await makeFirstAdmin(knex, invitations, person);
    if (typeof made === "string") {
      process.stderr.write(`admin:create: ${REFUSALS[made]}\n`);
      return 1;
    }
    const { PUBLIC_URL, TLS_CERT, PORT } = process.env;
    const origin = PUBLIC_URL || `${TLS_CERT ? "https" : "http"}://localhost:${PORT || 3000}`;
    process.stdout.write(
      `Open this link to set your password. It is good once, until ${made.expiresAt.toISOString()}; keep it from others:\n` +
        `${new URL(`/invitation#${made.token}`, origin).href}\n`,
    );
    return 0;
  } finally {
    await knex.destroy();
  }
}

/** What the flags say; null for flags that there are not, also for a call for help. */
function givenBy(args: string[]): Partial<Person> | null {
  try {
    return parseArgs({ args, options: { email: { type: "string" }, name: { type: "string" } } }).values;
  } catch {
    return null;
  }
}

/** Asks for what is missing, as long as it comes; null where nobody answers. */
async function askFor(given: Partial<Person> | null): Promise<Person | null> {
  if (given === null) return null;
  const asking = createInterface({ input: process.stdin });
  const lines = asking[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    process.stderr.write(question);
    const { value, done } = await lines.next();
    return done === true ? "" : value.trim();
  };
  try {
    const email = given.email?.trim() || (await ask("Email: "));
    const name = email && (given.name?.trim() || (await ask("Name: ")));
    return email === "" || name === "" ? null : { email, name };
  } finally {
    asking.close();
  }
}

main().then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    const known = error instanceof CannotRun || error instanceof DatabaseSetupError;
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`admin:create: ${known ? why : `can't make anybody: ${why}`}\n`);
    process.exitCode = 2;
  },
);
