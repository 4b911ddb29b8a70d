import type { ApplicationFailure } from "@temporalio/activity";
import { describe, expect, it } from "vitest";
import { isAway } from "../store/db/knex.ts";
import { withoutText } from "./failure.ts";

const thrown = async (error: unknown): Promise<ApplicationFailure> => {
  const { run } = withoutText({ run: () => Promise.reject(error) });
  return await run().then(
    () => Promise.reject(new Error("did not throw")),
    (failure: ApplicationFailure) => failure,
  );
};

describe("withoutText", () => {
  it("keeps the type and the code of an error, and none of its text", async () => {
    const error = Object.assign(new TypeError("SSN 123-45-6789"), {
      code: "23505",
      cause: new Error("SSN 123-45-6789"),
    });
    const failure = await thrown(error);
    expect(failure).toMatchObject({ message: "23505", type: "TypeError", nonRetryable: false });
    expect(JSON.stringify([failure, failure.stack, failure.cause ?? null])).not.toContain("123-45");
  });

  it.each([["SSN 123-45-6789"], [null], [Object.assign(new Error("x"), { code: "SSN 123-45-6789" })]])(
    "says only that it failed where there is no code: %o",
    async (error) => {
      expect((await thrown(error)).message).toBe("failed");
    },
  );

  it("finds the code of a wrapped database error", async () => {
    const failure = await thrown(
      Object.assign(new Error("x"), { nativeError: { code: "40001", detail: "SSN" } }),
    );
    expect(failure.message).toBe("40001");
  });

  it("says that the database was away, so that nothing is counted against what was asked of it", async () => {
    for (const error of [
      Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
      Object.assign(new Error("x"), { name: "KnexTimeoutError" }),
      new Error("Connection terminated unexpectedly"),
    ])
      expect(isAway(await thrown(error))).toBe(true);
    expect(isAway(await thrown(new Error("x")))).toBe(false);
  });

  it("passes answers on as they are", async () => {
    expect(await withoutText({ add: async (a: number, b: number) => a + b }).add(1, 2)).toBe(3);
  });
});
