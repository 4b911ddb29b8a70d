import { createRequire } from "node:module";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import type { ServerFrame } from "../../channels/contract.ts";
import { CLIENT_FRAMES, parseFrame } from "../../channels/websocket/protocol.ts";
import { as } from "../../testing/calls.ts";
import { createHospital, type Hospital } from "../../testing/hospital.ts";
import { startServer, type TestServer } from "../../testing/server.ts";
import { until } from "../../testing/until.ts";
import { toLiveDocument } from "./document.ts";

const document = toLiveDocument();
const { messages } = document.components;
const ajv = new Ajv({ strict: false });
formats.default(ajv);
ajv.addSchema(document, "live");
const fitsMessage = (name: string, frame: unknown): boolean =>
  ajv.validate({ $ref: `live${String(messages[name]?.payload["$ref"])}` }, frame);

it("is an AsyncAPI 3 document", () => {
  const rules: object = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json");
  // The rules bring the schemas that they refer to, that of JSON Schema too.
  const own = new Ajv({ strict: false, meta: false, validateSchema: false });
  formats.default(own);
  const validate = own.compile(rules);
  expect(validate(document), own.errorsText(validate.errors)).toBe(true);
  // The rules do refuse something.
  expect(validate({ ...document, channels: { live: { messages: [] } } })).toBe(false);
});

describe("a client's frames", () => {
  it("are those that the gateway reads", () => {
    const names = CLIENT_FRAMES.flatMap(({ shape }) => [...shape.type.values]);
    expect(document.operations.hear.messages.map(({ $ref }) => $ref.split("/").at(-1))).toEqual(names);
  });

  const shown = document.operations.hear.messages.flatMap(({ $ref }) => {
    const name = $ref.split("/").at(-1) ?? "";
    return (messages[name]?.examples ?? []).map(({ payload }) => ({ name, payload }));
  });
  it.each(shown)("$name: its example is one, and neither takes a field more", ({ name, payload }) => {
    const reads = (frame: object): boolean => parseFrame(Buffer.from(JSON.stringify(frame))).ok;
    for (const [frame, isOne] of [
      [Object(payload), true],
      [{ ...Object(payload), more: 1 }, false],
      [{ type: name }, false],
    ])
      expect([fitsMessage(name, frame), reads(frame)], JSON.stringify(frame)).toEqual([isOne, isOne]);
  });
});

describe("a node's frames", () => {
  let hospital: Hospital;
  let server: TestServer;
  beforeAll(async () => {
    hospital = await createHospital();
    server = await startServer(hospital);
  });
  afterAll(async () => {
    await server.stop();
    await hospital.close();
  });

  it("are as it says, each kind, and come from a node that gives the document", async () => {
    await hospital.notify("north-1");
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/realtime`, "tocsin.v1", {
      headers: await server.headersOf(as(hospital.people.north1)),
    });
    const frames: ServerFrame[] = [];
    socket.on("message", (data) => frames.push(JSON.parse(data.toString())));
    await until("it is signed in", () => frames.some(({ type }) => type === "hello"));
    socket.send(JSON.stringify({ type: "resume", after: 0 }));
    socket.send("no frame");
    const kinds = (): string[] => [...new Set(frames.map(({ type }) => type))].sort();
    await until("every kind came", () => kinds().length === 4);
    socket.terminate();
    expect(kinds()).toEqual(
      document.operations.tell.messages.map(({ $ref }) => $ref.split("/").at(-1)).sort(),
    );
    for (const frame of frames) expect([frame, fitsMessage(frame.type, frame)]).toEqual([frame, true]);
    expect((await server.get("/api/asyncapi.json")).body).toEqual(JSON.parse(JSON.stringify(document)));
  });
});
