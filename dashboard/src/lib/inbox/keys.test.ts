import { expect, test } from "vitest";
import { commandOf } from "./keys.ts";

const press = (key: string, more: object = {}) => ({
  key,
  ...{ ctrlKey: false, metaKey: false, altKey: false },
  ...more,
});

test("takes letters anywhere, arrows and Enter on a row alone, and nothing of the browser's", () => {
  expect(commandOf(press("a"), true, false)).toBe("acknowledge");
  expect(commandOf(press("?"), true, false)).toBe("help");
  expect(commandOf(press("ArrowDown"), true, true)).toBe("next");
  expect(commandOf(press("ArrowDown"), true, false)).toBe(null);
  expect(commandOf(press("Escape"), true, false)).toBe("close");
  expect(commandOf(press("a", { ctrlKey: true }), true, true)).toBe(null);
  expect(commandOf(press("q"), true, true)).toBe(null);
});

test("leaves letters alone where somebody turned them off, and arrows as they are", () => {
  expect(commandOf(press("a"), false, true)).toBe(null);
  expect(commandOf(press("ArrowUp"), false, true)).toBe("previous");
});
