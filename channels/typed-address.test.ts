import { expect, it } from "vitest";
import { addressOf } from "./typed-address.ts";

it("takes any one line where the channel says nothing, without the spaces around it", () => {
  expect(addressOf({}, {}, " room 7, bed 2 ")).toBe("room 7, bed 2");
});

it.each(["", "  ", "a\r\nb", "a\nb", "a\u2028b", "a\0b", "a\u202eb", "x".repeat(321)])(
  "refuses %j",
  (typed) => {
    expect(addressOf({}, {}, typed)).toBeNull();
    expect(addressOf({ address: (text) => text }, {}, typed)).toBeNull();
  },
);

it("lets the channel decide, by its configuration", () => {
  const address = (text: string, config: unknown): string | null =>
    config === "all" ? text.toLowerCase() : null;
  expect(addressOf({ address }, "all", " A@B.example ")).toBe("a@b.example");
  expect(addressOf({ address }, "none", "a@b.example")).toBeNull();
});

it("counts what a plugin throws, or makes of more than one line, as no address", () => {
  const throws = (): string => {
    throw new Error("a bug");
  };
  expect(addressOf({ address: throws }, {}, "a")).toBeNull();
  expect(addressOf({ address: () => "a\r\nRCPT TO:<b>" }, {}, "a")).toBeNull();
});
