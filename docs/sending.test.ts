import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Resolve } from "../api/alerts/schema.ts";
import { BroadcastBody, SendBody } from "../api/notifications/schema.ts";
import { routes } from "../api/routes.ts";

const guide = readFileSync(join(import.meta.dirname, "sending.md"), "utf8");

it("lists every field of a send, in order, and those that a broadcast does not take", () => {
  const fields = [...guide.matchAll(/^\| `(\w+)` /gm)].map(([, field]) => field);
  expect(fields.toSorted()).toEqual(Object.keys(SendBody.shape).toSorted());
  const [, words = ""] = /A broadcast takes no (.*)\./.exec(guide) ?? [];
  const body = { territory_id: "west-hospital", message: "x" };
  for (const [, field = ""] of words.matchAll(/`(\w+)`/g))
    expect(BroadcastBody.safeParse({ ...body, [field]: "x" }).success, field).toBe(false);
});

it("shows calls that the API takes", () => {
  const calls = [...guide.matchAll(/curl -X POST "\$TOCSIN(\S+)"[^]*?-d '([^']*)'/g)];
  expect(calls).toHaveLength(3);
  for (const [, path = "", body = ""] of calls) {
    const called = routes.find((route) =>
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
    );
    const schema = path.endsWith("/resolve") ? Resolve : SendBody;
    expect(called?.method, path).toBe("POST");
    expect(schema.safeParse(JSON.parse(body)).error).toBeUndefined();
  }
});
