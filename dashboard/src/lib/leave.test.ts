import { afterEach, expect, test, vi } from "vitest";
import { expectEnd, leave, reasonOf, safePath } from "./leave.ts";

afterEach(() => {
  expectEnd(false);
  vi.unstubAllGlobals();
});

test.each([
  ["/deliveries?status=failed", "/deliveries?status=failed"],
  [null, "/"],
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example/", "/"],
  ["/\t/evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["/.//evil.example", "/"],
  ["/a/..//evil.example", "/"],
  ["/%2e//evil.example", "/"],
  ["/%2E%2e//evil.example/x?y", "/"],
  ["/./\\evil.example", "/"],
  ["/\n.//evil.example", "/"],
  ["/.\t//evil.example", "/"],
  ["///evil.example", "/"],
  ["/@evil.example", "/@evil.example"],
  ["/a//b", "/a//b"],
])("after signing in, %s leads to %s", (path, safe) => {
  expect(safePath(path, "https://tocsin.example")).toBe(safe);
});

test("tells lost access from an ended session", () => {
  expect([reasonOf(4403), reasonOf(4401)]).toEqual(["access", "ended"]);
});

test("whoever signs out is told that, and not that the session has ended, which they see first", () => {
  const assign = vi.fn<(address: string) => void>();
  vi.stubGlobal("location", { assign, pathname: "/preferences", search: "" });
  vi.stubGlobal("navigator", {});
  expectEnd(true);
  leave("ended");
  leave("signed_out");
  expect(assign.mock.calls).toEqual([["/sign-in?reason=signed_out"]]);
});
