import type { JsonSchema } from "./schemas.ts";

/**
 * An example of a schema: its own where it has one, else put together from those of its parts.
 * @throws Error naming the schema that has none
 */
export function exampleOf(schema: JsonSchema, components: Record<string, JsonSchema>): unknown {
  const { $ref, examples, const: only, enum: values, anyOf, type, properties, items } = schema;
  if (Array.isArray(examples)) return examples[0];
  if (typeof $ref === "string") return exampleOf(components[nameOf($ref)] ?? missing($ref), components);
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0];
  if (Array.isArray(anyOf))
    return anyOf.some(({ type: one }) => one === "null") ? null : exampleOf(anyOf[0], components);
  if (Array.isArray(type) && type.includes("null")) return null;
  if (type === "boolean") return true;
  if (schema["format"] === "uuid") return "0195a1f0-5c00-7000-8000-000000000001";
  if (type === "array" && isSchema(items)) return [exampleOf(items, components)];
  if (type === "object") {
    const parts = Object.entries(isSchema(properties) ? properties : {});
    return Object.fromEntries(
      parts.map(([name, part]) => [name, exampleOf(isSchema(part) ? part : missing(name), components)]),
    );
  }
  return missing(JSON.stringify(schema));
}

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf("/") + 1);

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null;

function missing(what: string): never {
  throw new Error(`${what} has no example: give it one with .meta({ examples: [...] })`);
}
