import { z } from "zod";

export type JsonSchema = Record<string, unknown>;
type Side = "input" | "output";

/** Turns zod schemas into JSON Schema, and gathers those that have a name. */
export interface Schemas {
  /** The JSON Schema of a request's or an answer's part; a named schema is a reference to its component. */
  of(schema: z.ZodType, side: Side): JsonSchema;
  /** The same, where an object without a name of its own gets this one: clients make a type of each. */
  named(schema: z.ZodType, side: Side, name: string): JsonSchema;
  components: Record<string, JsonSchema>;
}

/** @param target draft 7 is what AsyncAPI's schemas are */
export function createSchemas(target: "draft-2020-12" | "draft-7" = "draft-2020-12"): Schemas {
  const components: Record<string, JsonSchema> = {};
  const known = { input: new Map<z.ZodType, JsonSchema>(), output: new Map<z.ZodType, JsonSchema>() };
  const schemas: Schemas = {
    components,
    of: (schema, side) => {
      const before = known[side].get(schema);
      if (before !== undefined) return before;
      // Wrapped, so that the schema itself becomes a reference too where it has a name.
      const { properties, $defs, definitions } = z.toJSONSchema(z.object({ schema }), {
        target,
        io: side,
        unrepresentable: "any",
        override: ({ zodSchema, jsonSchema }) => {
          simplify(jsonSchema);
          // zod leaves out the examples of inputs that it transforms, although ours are written as clients send them.
          const { examples } = z.globalRegistry.get(zodSchema) ?? {};
          if (Array.isArray(examples)) jsonSchema.examples = examples;
        },
      });
      for (const [name, definition] of Object.entries($defs ?? definitions ?? {}))
        add(components, name, relocate(definition));
      const made = relocate(properties?.["schema"]);
      known[side].set(schema, made);
      return made;
    },
    named: (schema, side, name) => {
      const made = schemas.of(schema, side);
      if (made["type"] !== "object") return made;
      add(components, name, made);
      const reference = { $ref: `#/components/schemas/${name}` };
      known[side].set(schema, reference);
      return reference;
    },
  };
  return schemas;
}

/** @throws Error for two schemas of one name, which differ or differ as input and output. */
function add(components: Record<string, JsonSchema>, name: string, definition: JsonSchema): void {
  const before = components[name];
  if (before !== undefined && JSON.stringify(before) !== JSON.stringify(definition))
    throw new Error(`two schemas that differ are called ${name}: give one another id`);
  components[name] = definition;
}

/** Removes patterns that repeat a format, and the bounds that every integer has. */
function simplify(schema: {
  format?: unknown;
  pattern?: unknown;
  maximum?: unknown;
  minimum?: unknown;
}): void {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

/** Points references to where an OpenAPI document keeps its schemas. */
const relocate = (schema: unknown): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === "$ref" && typeof value === "string"
      ? value.replace(/^#\/(\$defs|definitions)\//, "#/components/schemas/")
      : value,
  );
