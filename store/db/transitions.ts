import { createHash } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import type { Knex } from "knex";
import type pg from "pg";
import { must } from "../../config/must.ts";
import { inPartOf, SpanKind } from "../../config/trace.ts";
import { isTakenBack } from "./knex.ts";

const FOLDER = new URL("../transitions/", import.meta.url);
/** In a function's text, the name of another one, or its own. */
const REFERENCE = /@([a-z_]+)/g;
const HASH_LENGTH = 10;

interface Installed {
  /** The name in the database: that of the file, and the hash of the text. */
  name: string;
  text: string;
}

/**
 * The functions of store/transitions, each under its name and the hash of its text, those that it calls included. A node calls
 * the version that it was shipped with, so nodes of different versions can work on one database side by side.
 */
const functions = readFunctions();

function readFunctions(): Map<string, Installed> {
  const texts = new Map(
    readdirSync(FOLDER)
      .filter((file) => file.endsWith(".sql"))
      .map((file) => [file.slice(0, -".sql".length), readFileSync(new URL(file, FOLDER), "utf8")]),
  );
  const done = new Map<string, Installed>();
  const resolve = (name: string): Installed => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const text = must(texts.get(name), `transition "${name}"`);
    const withCalls = text.replaceAll(REFERENCE, (_, other: string) =>
      other === name ? `@${name}` : `public.${resolve(other).name}`,
    );
    const hash = createHash("sha256").update(withCalls).digest("hex").slice(0, HASH_LENGTH);
    const versioned = `${name}_${hash}`;
    // A parameter is told from a column of the same name by its function's name.
    const parameter = new RegExp(`(?<![\\w.@])${name}\\.`, "g");
    const installed = withCalls
      .replaceAll(`@${name}`, `public.${versioned}`)
      .replaceAll(parameter, `${versioned}.`);
    const made = { name: versioned, text: installed };
    done.set(name, made);
    return made;
  };
  for (const name of texts.keys()) resolve(name);
  return done;
}

/** Whether `installed`, a function's name in the database, is one version or another of one of store/transitions. */
export function isTransition(installed: string): boolean {
  const [, name = "", hash] = /^(.*)_([0-9a-f]+)$/.exec(installed) ?? [];
  return functions.has(name) && hash?.length === HASH_LENGTH;
}

/** Installs, as the tables' owner, the functions that are not there yet. Other versions of them stay, for nodes that call them. */
export async function installTransitions(owner: Knex): Promise<void> {
  const missing = new Set(await missingTransitions(owner));
  for (const { name, text } of functions.values()) if (missing.has(name)) await unprepared(owner, text);
}

/** The names in the database of those functions that are not there. */
export async function missingTransitions(knex: Knex): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    "SELECT name FROM unnest(?::text[]) AS name WHERE to_regproc('public.' || name) IS NULL",
    [[...functions.values()].map(({ name }) => name)],
  );
  return rows.map(({ name }) => name);
}

/** Runs a text in which `?` stands for itself. */
async function unprepared(owner: Knex, text: string): Promise<void> {
  await onConnection(owner, (connection) => connection.query(text));
}

/** Tells, as `{ name, at }`, of each call of a transition when it begins and when it has ended, before anybody acts on it. */
const steps = channel("tocsin:transition");

/** How often a call is made that is taken back: a migration that takes one table after the other does so more than once. */
const CALLS = 5;

/**
 * Calls a function of store/transitions: one statement, committed by itself. A call that PostgreSQL took back for the sake of
 * another one, or of a migration, is made again.
 * @returns what the function returns, parsed from JSON
 */
export async function call<T>(knex: Knex, name: string, ...values: unknown[]): Promise<T> {
  const places = values.map((_, index) => `$${index + 1}`).join(", ");
  const statement = { text: `SELECT ${nameOf(name)}(${places}) AS result`, values };
  const run = () => onConnection(knex, (connection) => connection.query<{ result: T }>(statement));
  steps.publish({ name, at: "begin" });
  const attributes = { "db.system.name": "postgresql", "db.operation.name": name };
  const { rows } = await inPartOf(name, { kind: SpanKind.CLIENT, attributes }, () => again(CALLS, run));
  steps.publish({ name, at: "end" });
  return must(rows[0], "answer").result;
}

async function again<T>(calls: number, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (calls > 1 && isTakenBack(error)) return again(calls - 1, run);
    throw error;
  }
}

/** A transition's name in the database, as SQL. */
export const nameOf = (name: string): string =>
  `public.${must(functions.get(name), `transition "${name}"`).name}`;

async function onConnection<T>(knex: Knex, work: (connection: pg.ClientBase) => Promise<T>): Promise<T> {
  const connection: pg.ClientBase = await knex.client.acquireConnection();
  try {
    return await work(connection);
  } finally {
    await knex.client.releaseConnection(connection);
  }
}
