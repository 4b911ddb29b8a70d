import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NewPolicy } from "../escalation-policies/schema.ts";
import { SendBody } from "../notifications/schema.ts";
import { routes } from "../routes.ts";
import { partsOf, unknownFields } from "./unknown.ts";

/** Every object in what a schema takes in, by its place. */
function objectsIn(
  schema: z.core.$ZodType,
  place: string,
  seen = new Set<unknown>(),
): [string, z.ZodObject][] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const own: [string, z.ZodObject][] = schema instanceof z.ZodObject ? [[place, schema]] : [];
  return own.concat(
    partsOf(schema).flatMap(([name, part]) =>
      objectsIn(part, name === null ? place : `${place}/${name}`, seen),
    ),
  );
}

const taken = routes.flatMap(({ method, path, query, body }) => [
  ...(query === undefined ? [] : objectsIn(query, `${method} ${path}?`)),
  ...(body === undefined ? [] : objectsIn(body, `${method} ${path}`)),
]);

describe("what calls take in", () => {
  it("is closed: no object ignores fields that it does not name", () => {
    const objects = [...taken, ...objectsIn(SendBody, "an item of a bulk")];
    expect(objects.length).toBeGreaterThan(40);
    const open = objects.filter(([, { def }]) => def.catchall?._zod.def.type !== "never");
    // What an OpenID provider or a browser's passkey adds has to be ignored.
    expect(open.map(([place]) => place)).toEqual([
      "GET /api/sessions/oidc/callback?",
      ...["/api/passkeys", "/api/sessions/passkey"].flatMap((path) =>
        ["credential", "credential/response"].map((part) => `POST ${path}/${part}`),
      ),
    ]);
  });
});

describe("an unknown field", () => {
  const message = (schema: z.ZodType, path: PropertyKey[], name: string): string | undefined =>
    unknownFields(schema, path, [name])[0]?.message;

  it.each([
    ["priorty", "priority"],
    ["prioirty", "priority"],
    ["Priority", "priority"],
    ["userId", "user_id"],
    ["territory", "territory_id"],
    ["sendAt", "send_at"],
    ["expire_at", "expires_at"],
    ["meta_data", "metadata"],
    ["channel", "channels"],
  ])("%s: did you mean %s?", (name, meant) => {
    expect(message(SendBody, [], name)).toBe(`is not known here; did you mean \`${meant}\`?`);
  });

  it.each(["colour", "x", "", "of", "constructor", "x".repeat(50_000)])(
    "names nothing that is not near",
    (name) => {
      expect(message(SendBody, [], name)).toBe("is not known here");
    },
  );

  it("is compared with the names of its own object", () => {
    expect(message(SendBody, ["known", 3], "valu")).toMatch(/`value`/);
    expect(message(SendBody, ["known", 3], "priorty")).not.toMatch(/mean/);
    expect(message(NewPolicy, ["rules", "steps", 0], "after")).not.toMatch(/mean/);
    expect(message(NewPolicy, ["rules", "steps", 0], "after_second")).toMatch(/`after_seconds`/);
  });
});
