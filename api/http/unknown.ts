import { z } from "zod";
import { unknownName } from "../../config/names.ts";
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
  return names.map((name) => ({
    path: `/${[...path, name.slice(0, 100)].map(String).join("/")}`,
    message: unknownName(name, known),
  }));
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
