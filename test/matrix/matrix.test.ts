import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { operations } from "../../api/openapi/operations.ts";
import { listRoutes } from "../../testing/routes.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { assemble, type Caller, CALLERS, type Cast, SECRET } from "./callers.ts";
import { type Rule, RULES } from "./rules.ts";

/** Who may make which call, tried one by one: role × route × territory. */
describe("the routes", async () => {
  const routes = await listRoutes({
    DATABASE_URL: inject("databaseUrl"),
    REDIS_URL: inject("redisUrl"),
    TEMPORAL_ADDRESS: inject("temporalAddress"),
    TOCSIN_MASTER_KEY: `k1:${Buffer.alloc(32, 1).toString("base64")}`,
  });
  let site: Site;
  let url: string;
  let cast: Cast;

  beforeAll(async () => {
    site = await createSite({ RATE_FAILURES_PER_MINUTE: "10000", RATE_ACCOUNT_FAILURES: "10000" });
    url = (await site.start()).url;
    cast = await assemble(site, url);
  });
  afterAll(() => site.close());

  it("each have a rule, and each rule a route", () => {
    expect(Object.keys(RULES).sort()).toEqual(routes);
  });

  it("are each described in the OpenAPI document, and nothing else is", () => {
    const described = Object.keys(operations).map((call) => call.replaceAll(/\{(\w+)\}/g, ":$1"));
    expect(described.sort()).toEqual(routes);
  });

  // What deletes comes last: the others need the things.
  const deletes = (route: string): number => Number(route.startsWith("DELETE"));
  const inOrder = [...routes].sort((a, b) => deletes(a) - deletes(b));

  it.each(inOrder)("%s lets in whom its rule names, and tells others nothing", async (route) => {
    const rule = RULES[route];
    if (rule === undefined) throw new Error(`${route} has no rule in test/matrix/rules.ts`);
    const found: Partial<Record<Caller, unknown>> = {};
    // Those who are refused come first: what is done with the thing must not hide it from them.
    const callers = [...CALLERS].sort(
      (a, b) => Number(rule.outcome[a] === "in") - Number(rule.outcome[b] === "in"),
    );
    for (const caller of callers) {
      const { status, text } = await call(route, rule, caller);
      found[caller] = status === 401 || status === 403 || status === 404 ? status : "in";
      expect(status, `${caller}: ${text}`).toBeLessThan(500);
      if (found[caller] !== "in" || caller.includes("elsewhere") || caller === "a colleague") {
        expect(text, caller).not.toContain(cast.things.notification);
        expect(text, caller).not.toContain(SECRET);
      }
      if (rule.endsSession === true) await cast.renew(caller);
    }
    expect(found).toEqual(rule.outcome);
  });

  async function call(route: string, rule: Rule, caller: Caller): Promise<{ status: number; text: string }> {
    const [method = "", pattern = ""] = route.split(" ");
    const id =
      route === "DELETE /api/sessions/:id"
        ? await cast.renew("its recipient")
        : rule.thing === undefined
          ? null
          : cast.things[rule.thing];
    const path = pattern.replaceAll(/:(\w+)/g, (_, name: string) =>
      name === "id" ? (id ?? "") : (rule.path?.[name] ?? ""),
    );
    const body = method === "GET" || method === "DELETE" ? undefined : JSON.stringify(rule.body ?? {});
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...cast.headersOf(caller),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  }
});
