import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it, vi } from "vitest";
import { routes } from "../routes.ts";
import { toDocument } from "./document.ts";
import { descriptionHandlers } from "./handlers.ts";

const document = toDocument(routes);
const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema(document, "document");

/** Every example with the schema that it is of, found wherever the document has the two side by side. */
function* examplesIn(value: unknown, pointer = "#"): Generator<[pointer: string, example: unknown]> {
  if (typeof value !== "object" || value === null) return;
  if ("schema" in value && "example" in value) yield [`${pointer}/schema`, value.example];
  if ("examples" in value && Array.isArray(value.examples))
    for (const one of value.examples) yield [pointer, one];
  for (const [key, part] of Object.entries(value))
    yield* examplesIn(
      part,
      `${pointer}/${encodeURIComponent(key.replaceAll("~", "~0").replaceAll("/", "~1"))}`,
    );
}

/** A value with one of its parts in turn, however deep, changed into each of some that it can hardly be. */
function* spoiltOf(value: unknown): Generator<unknown> {
  yield* ["x", "", 0, -1, true, null, [], {}];
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value))
    for (const spoilt of spoiltOf(part))
      yield Array.isArray(value) ? value.with(Number(key), spoilt) : { ...value, [key]: spoilt };
}

it("a call's body is taken or refused, whatever stands in it: no check trips over what another one refused", () => {
  const tried = routes.flatMap(({ id, body }) => {
    const examples = body?.meta()?.["examples"];
    return Array.isArray(examples) ? examples.map((example: unknown) => ({ id, body, example })) : [];
  });
  expect(tried.length).toBeGreaterThan(30);
  for (const { id, body, example } of tried)
    for (const spoilt of spoiltOf(example))
      expect(() => body?.safeParse(spoilt), `${id} ${JSON.stringify(spoilt)}`).not.toThrow();
});

describe("the OpenAPI document", () => {
  it("is written once, whoever asks for it and however often", async () => {
    const { document: answer } = descriptionHandlers();
    const asked = {} as Parameters<typeof answer>[0];
    const first = await answer(asked);
    expect(JSON.parse(String(first.text))).toEqual(JSON.parse(JSON.stringify(document)));
    const write = vi.spyOn(JSON, "stringify");
    expect(await answer(asked)).toEqual(first);
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });

  it("has every route, under an id of its own", () => {
    const ids = routes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const described = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(described.toSorted()).toEqual([...ids, "openLiveChannel"].toSorted());
  });

  it("has a body and an example for each answer in JSON", () => {
    const answers = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.values(operations).flatMap(({ responses }) =>
        Object.entries(responses).map(([status, { content }]) => ({
          path,
          status,
          json: content?.["application/json"],
        })),
      ),
    );
    const bare = answers.filter(({ json }) => json !== undefined && json.example === undefined);
    expect(bare).toEqual([]);
    expect(answers.filter(({ json }) => json !== undefined).length).toBeGreaterThan(40);
  });

  const examples = [...examplesIn(document)].map(([pointer, example]) => ({ pointer, example }));
  it.each(examples)("shows an example that is one at $pointer", ({ pointer, example }) => {
    const validate = ajv.compile({ $ref: `document${pointer}` });
    expect(validate(example), ajv.errorsText(validate.errors)).toBe(true);
  });

  it("names the body and the answer of every call that are objects", () => {
    const contents = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap(({ operationId, requestBody, responses }) =>
        [requestBody?.content, ...Object.values(responses).map(({ content }) => content)].map((content) => ({
          operationId,
          schema: content?.["application/json"]?.schema,
        })),
      );
    const nameless = contents.filter(({ schema }) => schema?.["type"] === "object");
    expect(nameless).toEqual([]);
    expect(contents.filter(({ schema }) => schema?.["$ref"] !== undefined).length).toBeGreaterThan(100);
  });

  it("says of every call who may make it: the kind, a person's roles, a key's reach, and what has to be shown anew", () => {
    const said = (path: string, method: string) => {
      const operation = document.paths[path]?.[method];
      return [operation?.["x-tocsin-caller"], operation?.["x-tocsin-confirmed"]];
    };
    const kinds = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((operation) => operation["x-tocsin-caller"]?.kind),
    );
    expect(kinds.toSorted()).toEqual([...routes.map(({ caller }) => caller), undefined].toSorted());
    expect(said("/api/notifications/send", "post")).toEqual([
      { kind: "service", key_scope: "territory" },
      undefined,
    ]);
    expect(said("/api/deliveries", "get")).toEqual([
      { kind: "supervisor", roles: ["supervisor"] },
      routes.find(({ id }) => id === "listDeliveries")?.confirmed,
    ]);
    expect(said("/api/keys", "post")).toEqual([{ kind: "admin", roles: ["admin"] }, "always"]);
  });

  it("names the parts that clients make types of", () => {
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(["Notification", "Delivery", "Problem", "Send", "Territory", "User"]),
    );
  });
});
