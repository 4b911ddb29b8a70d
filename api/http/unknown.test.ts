import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NewPolicy } from "../escalation-policies/schema.ts";
import { SendBody } from "../notifications/schema.ts";
import { routes } from "../routes.ts";
import { TerritoryChange } from "../territories/schema.ts";
import { validate } from "../middleware/body.ts";
import { Problem } from "./errors.ts";
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

const TO_NOBODY = { territory_id: "north", message: "x" };

/** What the answer to a body says is wrong with it. */
function faultsOf(schema: z.ZodType, body: unknown): string[] {
  try {
    validate(schema, body);
  } catch (error) {
    if (error instanceof Problem)
      return (error.faults ?? []).map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

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

  it.each<[z.ZodType, object, string[]]>([
    [SendBody, { ...TO_NOBODY, to: { rol: "x" } }, ["/to/rol is not known here; did you mean `role`?"]],
    [
      SendBody,
      { ...TO_NOBODY, to: { role: "x", topik: "y" } },
      ["/to/topik is not known here; did you mean `topic`?"],
    ],
    // Each is known, and they don't go together.
    [
      SendBody,
      { ...TO_NOBODY, to: { role: "x", topic: "y" } },
      [`/to must be {"role": …} or {"topic": …}, one of the two`],
    ],
    [
      SendBody,
      { ...TO_NOBODY, user_id: "a", channels: ["sms", { channel: "email", paralel: true }] },
      ["/channels/1/paralel is not known here; did you mean `parallel`?"],
    ],
    [
      TerritoryChange,
      { settings: { last_resort: { usr_id: "a" } } },
      ["/settings/last_resort/usr_id is not known here; did you mean `user_id`?"],
    ],
    [
      TerritoryChange,
      { settings: { acknowledge_within_minutes: { patient_alrt: 3 } } },
      ["/settings/acknowledge_within_minutes/patient_alrt is not known here; did you mean `patient_alert`?"],
    ],
    [
      NewPolicy,
      { territory_id: "x", name: "X", rules: { steps: [{ after_seconds: 60, to: { rol: "supervisor" } }] } },
      ["/rules/steps/0/to/rol is not known here; did you mean `role`?"],
    ],
  ])(
    "is told of by its name where a value may have several forms, or any of some names",
    (schema, body, faults) => {
      expect(faultsOf(schema, body)).toEqual(faults);
    },
  );

  it("is looked for among few, however many there are", () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`${"x".repeat(40)}${i}`, 1]));
    const began = performance.now();
    expect(faultsOf(SendBody, { ...TO_NOBODY, to: many })).toHaveLength(20);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("is compared with the names of its own object", () => {
    expect(message(SendBody, ["known", 3], "valu")).toMatch(/`value`/);
    expect(message(SendBody, ["known", 3], "priorty")).not.toMatch(/mean/);
    expect(message(NewPolicy, ["rules", "steps", 0], "after")).not.toMatch(/mean/);
    expect(message(NewPolicy, ["rules", "steps", 0], "after_second")).toMatch(/`after_seconds`/);
  });
});
