import type { JsonSchema } from "../../api/openapi/schemas.ts";

/** A named schema as a TypeScript type, with what the document says of each part as its comment. */
export function declare(name: string, schema: JsonSchema): string {
  const comment = commentOf(schema["description"], "");
  const type = print(schema, "");
  return type.startsWith("{")
    ? `${comment}export interface ${name} ${type}`
    : `${comment}export type ${name} = ${type};`;
}

/**
 * A schema as a TypeScript type.
 * @throws Error for a schema of a kind that the API does not have yet
 */
export function print(schema: JsonSchema, indent: string): string {
  const { $ref, const: only, enum: values, anyOf, oneOf, allOf, not, type, items } = schema;
  if (typeof $ref === "string") return $ref.slice($ref.lastIndexOf("/") + 1);
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ");
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return printEach(either, indent).join(" | ");
  if (Array.isArray(allOf)) return printEach(allOf, indent).join(" & ");
  if (Array.isArray(type))
    return printEach(
      type.map((one: unknown) => ({ ...schema, type: one })),
      indent,
    ).join(" | ");
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return isSchema(items) ? `readonly (${print(items, indent)})[]` : "readonly unknown[]";
    case "object":
      return printObject(schema, indent);
    case undefined:
      return not === undefined ? "unknown" : "never";
    default:
      throw new Error(`no TypeScript type for ${JSON.stringify(schema)}`);
  }
}

const printEach = (schemas: JsonSchema[], indent: string): string[] => [
  ...new Set(schemas.map((schema) => print(schema, indent))),
];

function printObject({ properties, required, additionalProperties }: JsonSchema, indent: string): string {
  if (!isSchema(properties)) {
    const values = isSchema(additionalProperties) ? print(additionalProperties, indent) : "unknown";
    return `Readonly<Record<string, ${values}>>`;
  }
  const needed = new Set(Array.isArray(required) ? required : []);
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, part]) => {
    const schema = isSchema(part) ? part : {};
    const key = /^\w+$/.test(name) ? name : JSON.stringify(name);
    return `${commentOf(schema["description"], inner)}${inner}${key}${needed.has(name) ? "" : "?"}: ${print(schema, inner)};`;
  });
  return fields.length === 0 ? "Readonly<Record<string, never>>" : `{\n${fields.join("\n")}\n${indent}}`;
}

const commentOf = (description: unknown, indent: string): string =>
  typeof description === "string" ? `${indent}/** ${description} */\n` : "";

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
