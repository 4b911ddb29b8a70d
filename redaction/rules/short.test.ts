import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";

describe("short numbers", () => {
  it.each([
    ["reach me at 9643 on the desk", "reach me at [PHONE] on the desk"],
    ["wants a callback at 733", "wants a callback at [PHONE]"],
    ["nobody picks up at 35489", "nobody picks up at [PHONE]"],
    ["last 4 1151, housing voucher", "last 4 [SSN], housing voucher"],
    ["Note transcribed by qkimber25", "Note transcribed by [ID]"],
    ["Defib 24787041S, pads expired.", "Defib [ID], pads expired."],
    ["Mrs. Okafor, 96, fell in the hall", "Mrs. [NAME], 90+, fell in the hall"],
  ])("that identify somebody go: %s", (text, expected) => {
    expect(redact(text).text).toBe(expected);
  });

  it.each([
    "call back at 1430",
    "wants a callback at 730",
    "pain is at 100 today",
    "Codes E11.9 and E11.65 overlap.",
    "Code: 1112 called, 1131 stopped",
    "Suboxone film 8/2 bid.",
    "Bed rest flat 4 h post cath.",
    "Time 08::30 was a typo.",
    "dosed by day12, seen by covid19 team",
  ])("that are times, codes or measurements stay: %s", (text) => {
    expect(redact(text).text).toBe(text);
  });
});
