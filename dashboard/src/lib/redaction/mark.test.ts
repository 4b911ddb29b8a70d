import { expect, it } from "vitest";
import { placeOf } from "./mark.ts";

it("finds where marked words stand, without the spaces around them", () => {
  expect(placeOf("Ask park about it.", " park ")).toEqual({ start: 4, end: 8 });
  expect(placeOf("Ask park about it.", "Park")).toBeNull();
  expect(placeOf("Ask park about it.", "  ")).toBeNull();
});
