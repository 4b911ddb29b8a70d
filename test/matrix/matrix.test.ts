import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Route } from "../../api/http/route.ts";
import { routes } from "../../api/routes.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { assemble, type Caller, CALLERS, type Cast, SECRET } from "./callers.ts";
import { CASE_IDS, type Rule, ruleOf } from "./rules.ts";

const NO_EVENTS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";

/** Who may make which call, tried one by one: role × route × territory. */
describe("the routes", () => {
  let site: Site;
  let url: string;
  let cast: Cast;

  beforeAll(async () => {
    site = await createSite({ RATE_FAILURES_PER_MINUTE: "10000", RATE_ACCOUNT_FAILURES: "10000" });
    url = (await site.start()).url;
    cast = await assemble(site, url);
  });
  afterAll(() => site.close());

  it("are all that the cases are about", () => {
    const ids = new Set(routes.map(({ id }) => id));
    expect(CASE_IDS.filter((id) => !ids.has(id))).toEqual([]);
  });

  // Calls that read come first, before the calls of others put anything into an inbox. Calls that delete come last,
  // since the others need the things.
  const METHODS = ["GET", "PATCH", "POST", "PUT", "DELETE"];
  const inOrder = routes
    .toSorted((a, b) => METHODS.indexOf(a.method) - METHODS.indexOf(b.method))
    .map((route) => ({ call: `${route.method} ${route.path}`, route }));

  it.each(inOrder)("$call lets in whom it names, and tells others nothing", async ({ route }) => {
    const rule = ruleOf(route);
    const found: Partial<Record<Caller, unknown>> = {};
    // Callers who are refused come first: an act that succeeds could hide the thing from them.
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

  async function call(
    { method, path: pattern, id: name, upload }: Route,
    rule: Rule,
    caller: Caller,
  ): Promise<{ status: number; text: string }> {
    const id =
      name === "endSession"
        ? await cast.renew("its recipient")
        : rule.thing === undefined
          ? null
          : cast.things[rule.of?.[caller] ?? rule.thing];
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_, part: string) =>
      String(part === "id" ? id : rule.path?.[part]),
    );
    const given = upload === undefined ? JSON.stringify(rule.body ?? {}) : NO_EVENTS;
    const body = method === "GET" || method === "DELETE" ? undefined : given;
    const search = rule.query === undefined ? "" : `?${rule.query}`;
    const response = await fetch(`${url}${path}${search}`, {
      method,
      redirect: "manual",
      headers: {
        ...cast.headersOf(caller),
        ...(body === undefined ? {} : { "Content-Type": upload ?? "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  }
});
