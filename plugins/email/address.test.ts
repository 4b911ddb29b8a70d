import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addrSpec, domainOf } from "./address.ts";

describe("addrSpec", () => {
  it.each([
    ["ada@clinic.example", "ada@clinic.example"],
    ["Ada.Made-Up+ward3@Clinic.Example", "Ada.Made-Up+ward3@clinic.example"],
    ["o'hara@clinic.example", "o'hara@clinic.example"],
    ["ada@klinik-köln.example", "ada@xn--klinik-kln-lcb.example"],
  ])("takes %s", (given, taken) => {
    expect(addrSpec(given)).toBe(taken);
    expect(domainOf(taken)).toBe(taken.split("@")[1]);
  });

  it.each([
    "",
    "ada",
    "@clinic.example",
    "ada@",
    "ada@clinic",
    "ada@clinic.example\r\nRCPT TO:<eve@evil.example>",
    "ada@clinic.example\nBcc: eve@evil.example",
    "ada@clinic.example\r",
    "ada@clinic.example\u0000",
    "ada@clinic.example,eve@evil.example",
    "ada@clinic.example;eve@evil.example",
    "ada@clinic.example eve@evil.example",
    " ada@clinic.example",
    "ada@clinic.example ",
    "<eve@evil.example>",
    "Ada <eve@evil.example>",
    "ada@clinic.example><eve@evil.example",
    "ada@clinic.example> ORCPT=rfc822;eve@evil.example",
    "staff: ada@clinic.example, eve@evil.example;",
    '"ada@clinic.example,eve"@evil.example',
    "(comment)ada@clinic.example",
    "ada(eve)@clinic.example",
    "@relay.example:ada@clinic.example",
    "ada%clinic.example@relay.example",
    "relay.example!ada@clinic.example",
    "ada@@clinic.example",
    "ada@clinic@evil.example",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "ada@.clinic.example",
    "ada@clinic..example",
    "ada@-clinic.example",
    ".ada@clinic.example",
    "ada.@clinic.example",
    "a..da@clinic.example",
    "ädä@clinic.example",
    "ada＠clinic.example",
    "ada@clinic。example",
    "ada@clinic.example\u202e",
    `${"a".repeat(65)}@clinic.example`,
    `ada@${"a.".repeat(130)}example`,
  ])("refuses %j", (given) => {
    expect(addrSpec(given)).toBeNull();
  });

  it("never lets through what SMTP or a header would read as more than one mailbox", () => {
    const piece = fc.constantFrom(
      "ada",
      "@",
      ".",
      ",",
      ";",
      ":",
      "<",
      ">",
      "\r\n",
      "\n",
      '"',
      " ",
      "(",
      "eve@evil.example",
      "é",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const taken = addrSpec(pieces.join(""));
        expect(taken === null || /^[\x21-\x7e]+$/.test(taken)).toBe(true);
        expect(taken === null || !/[,;:<>"()\\[\]]/.test(taken)).toBe(true);
        expect(taken === null || taken.split("@").length === 2).toBe(true);
      }),
    );
  });
});
