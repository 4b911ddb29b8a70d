import { expect, test } from "vitest";
import { daysFault, emailFault, idFault, nameFault, passwordFault, takeoverFault } from "./faults.ts";

test("asks for twelve characters", () => {
  expect(passwordFault("eleven char")).toMatch(/12/);
  expect(passwordFault("twelve chars")).toBeNull();
});

test("finds what is wrong", () => {
  expect([daysFault(null), daysFault(30)]).toEqual([null, null]);
  for (const days of [0, 1.5, 4_000]) expect(daysFault(days)).not.toBeNull();
  for (const seconds of [null, 0, 300]) expect(takeoverFault(seconds)).toBeNull();
  for (const seconds of [-1, 1.5, 301]) expect(takeoverFault(seconds)).not.toBeNull();
  expect(idFault("north-hospital")).toBeNull();
  for (const id of ["", " a", "a\u0000b", "x".repeat(201)]) expect(idFault(id)).not.toBeNull();
});

test("asks for a name and an email address", () => {
  expect([nameFault("Ada"), emailFault(" ada@example.org ")]).toEqual([null, null]);
  for (const fault of [nameFault(" "), emailFault("ada"), emailFault("ada@example")])
    expect(fault).not.toBeNull();
});
