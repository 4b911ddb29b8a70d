import { expect, test } from "vitest";
import { matching } from "./options.ts";

const options = [
  { value: "a.example", name: "Ada Example" },
  { value: "b.sample", name: "Ben Sample" },
];
const names = (search: string, chosen = ""): string[] =>
  matching(options, search, chosen).map(({ name }) => name);

test("finds people by parts of their names, and keeps who is chosen", () => {
  expect(names("")).toEqual(["Ada Example", "Ben Sample"]);
  expect(names("exam ADA")).toEqual(["Ada Example"]);
  expect(names("b.sam")).toEqual(["Ben Sample"]);
  expect(names("nobody")).toEqual([]);
  expect(names("ada", "b.sample")).toEqual(["Ada Example", "Ben Sample"]);
  expect(names("ada", "who.left")).toEqual(["who.left", "Ada Example"]);
});
