import { describe, expect, it } from "vitest";
import { errorFields } from "./log.ts";

describe("errorFields", () => {
  it("keeps type, code and place of an error, and none of its text", () => {
    const text =
      "insert into notifications …\n    at SSN 123-45-6789\n    at Imogen Vance (file:///a.ts:1:1)";
    const error = Object.assign(new Error(text), {
      code: "23505",
      detail: "Key (id)=(SSN 123-45-6789) already exists.",
      cause: new Error("SSN 123-45-6789"),
    });
    const fields = errorFields(error);
    expect(fields).toMatchObject({ type: "Error", code: "23505" });
    expect(fields["frames"]).not.toHaveLength(0);
    expect(JSON.stringify(fields)).not.toMatch(/123-45-6789|Imogen/);
  });

  it("keeps a class's name, and no other", () => {
    expect(errorFields(new TypeError("x"))).toMatchObject({ type: "TypeError" });
    const named = Object.assign(new Error("x"), { name: "Imogen Vance, 123-45-6789" });
    expect(errorFields(named)).toMatchObject({ type: "Error" });
  });

  it("keeps nothing of what is thrown and is no error", () => {
    expect(errorFields("SSN 123-45-6789")).toEqual({ type: "string" });
  });
});
