import { describe, expect, it } from "vitest";
import { checkNumber, typedNumber } from "./number.ts";

describe("typedNumber", () => {
  it.each([
    ["+1 (202) 555-0123", ["US", "GB"], "+12025550123"],
    ["202.555.0123", ["US"], "+12025550123"],
    ["020 7183 8750", ["GB"], "+442071838750"],
  ])("reads %s", (text, countries, e164) => {
    expect(typedNumber(text, countries)).toBe(e164);
  });

  it.each([
    "202 555 0123",
    "+1 202 555 0123 ext. 5",
    "+1 900 234 5678",
    "+41 76 555 55 55",
    "+12025550123\r\n",
    "+12025550123,+12025550124",
    "someone@clinic.example",
    "",
  ])("refuses %j where messages may go to the US and Britain", (text) => {
    expect(typedNumber(text, ["US", "GB"])).toBeNull();
  });
});

describe("checkNumber", () => {
  it.each([
    ["+12025550123", "+1202555"],
    ["+4916012345678", "+491601234"],
    ["+442071838750", "+44207183"],
    ["+15005550006", "+1500555"],
  ])("takes %s", (number, prefix) => {
    expect(checkNumber(number, ["US", "DE", "GB"])).toEqual({ ok: true, e164: number, prefix });
  });

  it.each([
    ["+19005550123", "premium_rate"],
    ["+19002345678", "premium_rate"],
    ["+33899123456", "premium_rate"],
    ["+448450123456", "premium_rate"],
    ["+447012345678", "premium_rate"],
    ["+97912345678", "premium_rate"],
    ["+611300123456", "shared_cost"],
    ["+18002345678", "not_mobile"],
    ["+18765550123", "country_not_allowed"],
    ["+18095550123", "country_not_allowed"],
    ["+41765555555", "country_not_allowed"],
    ["+491901234567", "invalid_number"],
    ["+12025550123;ext=5", "invalid_number"],
    ["+12025550123\r\n", "invalid_number"],
    ["+12025550123,+12025550124", "invalid_number"],
    ["+1 202 555 0123", "invalid_number"],
    ["12025550123", "invalid_number"],
    ["0012025550123", "invalid_number"],
    ["+0012025550123", "invalid_number"],
    ["+1202555012", "invalid_number"],
    ["+12025550123456789", "invalid_number"],
    ["whatsapp:+12025550123", "invalid_number"],
    ["tel:+12025550123", "invalid_number"],
    ["+１２０２５５５０１２３", "invalid_number"],
    ["", "invalid_number"],
  ])("refuses %j: %s", (number, code) => {
    expect(checkNumber(number, ["US", "DE", "GB", "FR", "AU"])).toEqual({ ok: false, code });
  });
});
