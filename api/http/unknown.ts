import { z } from "zod";
import type { Fault } from "./errors.ts";

type Schema = z.core.$ZodType;

/** The schemas that a schema is made of: those of an object's fields by name, others without one. */
export function partsOf(schema: Schema): [name: string | null, part: Schema][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape);
  if (schema instanceof z.ZodArray) return [[null, schema.element]];
  if (schema instanceof z.ZodUnion) return schema.options.map((option) => [null, option]);
  if (schema instanceof z.ZodPipe) return [[null, schema.in]];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return [[null, schema.unwrap()]];
  return [];
}

/** A fault for each field that the object at `path` does not have, with the field that was probably meant. */
export function unknownFields(
  schema: Schema,
  path: readonly PropertyKey[],
  names: readonly string[],
): Fault[] {
  const known = namesAt(schema, path);
  return names.map((name) => {
    const meant = nearest(name, known);
    const hint = meant === null ? "" : `; did you mean \`${meant}\`?`;
    return {
      path: `/${[...path, name.slice(0, 100)].map(String).join("/")}`,
      message: `is not known here${hint}`,
    };
  });
}

/** The fields of the object at `path` in what the schema takes. */
function namesAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(schema.shape);
    const field: Schema | undefined = schema.shape[String(step)];
    return field === undefined ? [] : namesAt(field, rest);
  }
  const left = schema instanceof z.ZodArray ? rest : path;
  return partsOf(schema).flatMap(([, part]) => namesAt(part, left));
}

/** The name that differs least, by a third of its letters at most; null where none is near. */
function nearest(name: string, known: readonly string[]): string | null {
  const given = plain(name);
  // A name of two letters is near to too many.
  const bearable = (candidate: string): number =>
    candidate.length < 3 ? 0 : Math.max(1, candidate.length / 3);
  const [best] = known
    // The lengths alone tell most apart, at no cost.
    .filter((candidate) => Math.abs(plain(candidate).length - given.length) <= bearable(candidate))
    .map((candidate) => ({ candidate, edits: editsBetween(given, plain(candidate)) }))
    .filter(({ candidate, edits }) => edits <= bearable(candidate))
    .sort((a, b) => a.edits - b.edits);
  return best?.candidate ?? null;
}

/** `userId`, `User-Id` and `user_id` are one; a name far longer than any field is cut. */
const plain = (name: string): string =>
  name
    .slice(0, 60)
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .toLowerCase();

/** How many letters have to be put in, taken out, replaced, or changed for their neighbour (optimal string alignment). */
function editsBetween(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const edits = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same];
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits.push(at(before, j - 2) + 1);
      row.push(Math.min(...edits));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
