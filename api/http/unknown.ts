import { z } from "zod";
import { unknownName } from "../../config/names.ts";
import type { Fault } from "./errors.ts";

type Schema = z.core.$ZodType;

/** The schemas that a schema is made of: those of an object's fields by name, others without one. */
export function partsOf(schema: Schema): [name: string | null, part: Schema][] {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape);
  if (schema instanceof z.ZodArray) return [[null, schema.element]];
  if (schema instanceof z.ZodRecord) return [[null, schema.valueType]];
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

/**
 * The fields that no form of a value has which fits none of those that it may have, by their places in it. One that another form has is none of them: it is
 * where those don't go together. At most `most` of each form are looked at.
 */
export function unknownInForms(schema: Schema, issue: z.core.$ZodIssueInvalidUnion, most: number): Fault[] {
  const found = new Map<string, Fault>();
  for (const inner of issue.errors.flat()) {
    const path = [...issue.path, ...inner.path];
    const faults =
      inner.code === "unrecognized_keys"
        ? unknownFields(schema, path, withoutKnown(schema, path, inner.keys.slice(0, most)))
        : inner.code === "invalid_union"
          ? unknownInForms(schema, { ...inner, path }, most)
          : [];
    for (const fault of faults) found.set(fault.path, fault);
  }
  return [...found.values()];
}

const withoutKnown = (schema: Schema, path: readonly PropertyKey[], names: readonly string[]): string[] => {
  const known = new Set(namesAt(schema, path));
  return names.filter((name) => !known.has(name));
};

/** The fields of the object at `path` in what the schema takes. */
function namesAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    if (step === undefined) return Object.keys(schema.shape);
    const field: Schema | undefined = schema.shape[String(step)];
    return field === undefined ? [] : namesAt(field, rest);
  }
  if (schema instanceof z.ZodRecord && step === undefined)
    return schema.keyType instanceof z.ZodEnum ? schema.keyType.options.map(String) : [];
  const left = schema instanceof z.ZodArray || schema instanceof z.ZodRecord ? rest : path;
  return partsOf(schema).flatMap(([, part]) => namesAt(part, left));
}
