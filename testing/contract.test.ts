import { createServer } from "node:http";
import { expect, inject, onTestFinished, test } from "vitest";
import { listen } from "../api/http/server.ts";

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: object;
}

const created = inject("apiDocument").paths["/api/users"]?.["post"]?.responses[201];
const example = Object(created?.content?.["application/json"]?.example) as Record<string, unknown>;
const { email, ...withoutEmail } = example;

const JSON_TYPE = { "Content-Type": "application/json" };
const LOCATION = { Location: "/api/users/u-1" };
const AS_DESCRIBED: Answer = { status: 201, headers: { ...JSON_TYPE, ...LOCATION }, body: example };

/** Makes a person at a server that gives one answer, whatever it is asked. */
async function create(answer: Answer): Promise<Response> {
  const server = createServer((_request, response) => {
    response.writeHead(answer.status, answer.headers).end(JSON.stringify(answer.body));
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => void server.close());
  return await fetch(`http://127.0.0.1:${port}/api/users`, { method: "POST" });
}

test("lets an answer pass that is as the document says", async () => {
  expect(email).toBeDefined();
  expect((await create(AS_DESCRIBED)).status).toBe(201);
});

test.each<[what: string, answer: Partial<Answer>, fault: string]>([
  ["a status", { status: 200 }, "answered 200 otherwise than its document: no such status"],
  [
    "a field that is not described",
    { body: { ...example, nick: "A" } },
    "must NOT have additional properties",
  ],
  ["a field that is missing", { body: withoutEmail }, "must have required property 'email'"],
  ["a field of another type", { body: { ...example, email: 7 } }, "body/email must be string"],
  [
    "a header that is not described",
    { headers: { ...AS_DESCRIBED.headers, Link: "<x>" } },
    "Link is not described",
  ],
  ["a header that is missing", { headers: JSON_TYPE }, "Location is missing"],
  [
    "the media type",
    { headers: { ...LOCATION, "Content-Type": "text/csv" } },
    "no such media type: text/csv",
  ],
])("fails a call whose answer differs from the document in %s", async (_what, answer, fault) => {
  await expect(create({ ...AS_DESCRIBED, ...answer })).rejects.toThrow(fault);
});
