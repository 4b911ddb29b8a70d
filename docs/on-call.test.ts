import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { routes } from "../api/routes.ts";
import { EVENT_FAULTS } from "../on-call/calendar/error.ts";
import { EscalationRules } from "../store/notifications/escalation.ts";

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
/** The route of a call as a guide writes it, with its ids left open or made up. */
const routeOf = (method: string, path: string) =>
  routes.find(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path.replace(/\?.*$/, "")),
  );

describe.each([
  ["on-call.md", 5],
  ["topics.md", 6],
])("%s", (name, count) => {
  const guide = read(name);

  it("shows calls that the API takes, bodies and all", () => {
    const calls = [
      ...guide.matchAll(/curl\s[^"]*?-X (\w+) "\$TOCSIN(\/[^"]+)"((?:(?!\ncurl|\n```)[^])*)/g),
    ].map(([, method = "", path = "", rest = ""]) => ({
      method,
      path,
      body: /-d '([^']*)'/.exec(rest)?.[1],
    }));
    expect(calls.length).toBeGreaterThanOrEqual(count);
    for (const { method, path, body } of calls) {
      const route = routeOf(method, path);
      expect(route, `${method} ${path}`).toBeDefined();
      if (body === undefined) continue;
      const given = JSON.parse(body.replace('"…"', '"0195a1f0-5c00-7000-8000-000000000001"'));
      expect(route?.body?.safeParse(given).error, path).toBeUndefined();
    }
  });

  it("names calls that there are", () => {
    const named = [...guide.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/api[^\s`]*)/g)];
    expect(named.length).toBeGreaterThan(1);
    for (const [, method = "", path = ""] of named)
      expect(routeOf(method, path), `${method} ${path}`).toBeDefined();
  });
});

describe("the guide to who is on call", () => {
  const guide = read("on-call.md");

  it("lists why an event of a calendar makes no shift", () => {
    const [, listed = ""] = /its `uid`, `starts_at` and `why`: (.*?)\. /.exec(guide) ?? [];
    expect([...listed.matchAll(/`(\w+)`/g)].map(([, fault]) => fault)).toEqual([...EVENT_FAULTS]);
  });

  it("has the rules of what comes after an acknowledgement, and what they are unless given", () => {
    const said = (words: string | undefined) => /(\d+|never) unless given/.exec(words ?? "")?.[1];
    const rows = [...guide.matchAll(/^\| `(\w+_minutes)`\s*\|(.*)\|$/gm)];
    const fields = Object.entries(EscalationRules.shape).filter(([field]) => field.endsWith("_minutes"));
    expect(rows.map(([, field, what]) => [field, said(what)])).toEqual(
      fields.map(([field, { description }]) => [field, said(description)]),
    );
    expect(rows.map(([, , what]) => said(what))).not.toContain(undefined);
  });
});
