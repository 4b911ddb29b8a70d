import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSigned } from "./signature.ts";

/** The example of Twilio's documentation of request validation. */
const TOKEN = "12345";
const URL_SIGNED = "https://mycompany.com/myapp.php?foo=1&bar=2";
const PARAMS = {
  CallSid: "CA1234567890ABCDE",
  Caller: "+14158675309",
  Digits: "1234",
  From: "+14158675309",
  To: "+18005551212",
};
const SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

describe("isSigned", () => {
  const params = new URLSearchParams(PARAMS);

  it("takes Twilio's own example, in any order of parameters", () => {
    expect(isSigned(TOKEN, SIGNATURE, URL_SIGNED, params)).toBe(true);
    const reversed = new URLSearchParams(Object.entries(PARAMS).reverse());
    expect(isSigned(TOKEN, SIGNATURE, URL_SIGNED, reversed)).toBe(true);
  });

  it.each([":443", ":8443"])("takes it where the port %s was left out of what was signed", (port) => {
    const url = URL_SIGNED.replace("mycompany.com", `mycompany.com${port}`);
    expect(isSigned(TOKEN, SIGNATURE, url, params)).toBe(true);
  });

  it.each([
    ["no signature", TOKEN, undefined, URL_SIGNED, PARAMS],
    ["an empty signature", TOKEN, "", URL_SIGNED, PARAMS],
    ["another signature", TOKEN, SIGNATURE.replace("R", "S"), URL_SIGNED, PARAMS],
    ["a longer signature", TOKEN, `${SIGNATURE}=`, URL_SIGNED, PARAMS],
    ["another token", "12346", SIGNATURE, URL_SIGNED, PARAMS],
    ["another host", TOKEN, SIGNATURE, URL_SIGNED.replace("mycompany", "evil"), PARAMS],
    ["another path", TOKEN, SIGNATURE, URL_SIGNED.replace("myapp", "other"), PARAMS],
    ["another query", TOKEN, SIGNATURE, URL_SIGNED.replace("bar=2", "bar=3"), PARAMS],
    ["a changed parameter", TOKEN, SIGNATURE, URL_SIGNED, { ...PARAMS, Digits: "1235" }],
    ["one parameter more", TOKEN, SIGNATURE, URL_SIGNED, { ...PARAMS, Extra: "1" }],
  ])("refuses %s", (_name, token, signature, url, given) => {
    expect(isSigned(token, signature, url, new URLSearchParams(given))).toBe(false);
  });

  it("signs each different value of a name once, in order", () => {
    const given = new URLSearchParams([
      ["b", "2"],
      ["a", "z"],
      ["a", "y"],
      ["a", "z"],
    ]);
    const signature = createHmac("sha1", TOKEN).update(`${URL_SIGNED}ayazb2`).digest("base64");
    expect(isSigned(TOKEN, signature, URL_SIGNED, given)).toBe(true);
  });

  it("looks at a callback with more parameters than Twilio sends no further, even where it is signed", () => {
    const read = { names: 0 };
    class Counted extends URLSearchParams {
      override getAll(name: string): string[] {
        read.names += 1;
        return super.getAll(name);
      }
    }
    const form = (count: number) =>
      new Counted(Array.from({ length: count }, (_, index): [string, string] => [`n${1_000 + index}`, ""]));
    const signed = (count: number) =>
      createHmac("sha1", TOKEN)
        .update(URL_SIGNED + [...form(count).keys()].join(""))
        .digest("base64");
    expect(isSigned(TOKEN, signed(200), URL_SIGNED, form(200))).toBe(true);
    expect(isSigned(TOKEN, signed(201), URL_SIGNED, form(201))).toBe(false);
    // `getAll` goes through all parameters for each name.
    expect(read.names).toBe(0);
  });
});
