import { expect, test } from "vitest";
import { describe, faultWords, Problem, readProblem } from "./problem.ts";

test("reads a problem document", async () => {
  const body = { type: "urn:tocsin:problem:conflict", title: "Conflict", detail: "Acknowledge it first." };
  const problem = await readProblem(Response.json(body, { status: 409 }));
  expect(problem).toMatchObject({
    status: 409,
    type: "urn:tocsin:problem:conflict",
    message: "Acknowledge it first.",
  });
});

test("makes do with any other answer", async () => {
  expect(await readProblem(new Response("<html>", { status: 502 }))).toMatchObject({
    status: 502,
    type: "about:blank",
  });
});

test("says how long to wait", async () => {
  const problem = await readProblem(new Response(null, { status: 429, headers: { "retry-after": "120" } }));
  expect(describe(problem)).toBe("Too many tries. Wait 2 minutes and try again.");
});

test("has a sentence for everything", () => {
  for (const status of [0, 401, 403, 404, 422, 429, 500, 503])
    expect(describe(new Problem(status, "about:blank", "Detail."))).toMatch(/^[A-Z].*\.$/);
  expect(describe(new TypeError("x is not a function"))).not.toContain("function");
});

test("reads the faults of a refused body, and says where they are", async () => {
  const errors = [{ path: "/rules/steps/0/to/user_id", message: "is not a person of that territory" }, "?"];
  const problem = await readProblem(Response.json({ detail: "See errors.", errors }, { status: 422 }));
  expect(problem.faults).toEqual([errors[0]]);
  expect(describe(problem)).toBe("Rules, steps 1, to, user id is not a person of that territory.");
  expect(faultWords({ path: "", message: "must not be blank" })).toBe("Must not be blank.");
});
