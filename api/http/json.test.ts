import { describe, expect, it } from "vitest";
import { Problem } from "./errors.ts";
import { decodeJson } from "./json.ts";

const decode = (text: string | Buffer): unknown => decodeJson(Buffer.from(text));

function statusOf(text: string | Buffer): number | null {
  try {
    decode(text);
    return null;
  } catch (error) {
    return error instanceof Problem ? error.status : -1;
  }
}

describe("decodeJson", () => {
  it("decodes what is well formed, escapes and repeated keys in different objects included", () => {
    expect(decode('{"a": [{"k": 1}, {"k": "x\\"}{"}], "b": {"k": "é\\ud83d\\ude00"}}')).toEqual({
      a: [{ k: 1 }, { k: 'x"}{' }],
      b: { k: "é😀" },
    });
  });

  it.each([
    ["not JSON", "{"],
    ["nothing", ""],
    ["invalid UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["NUL", '{"a": "x\\u0000"}'],
    ["a NUL in a key", '{"x\\u0000": 1}'],
    ["a lone high surrogate", '{"a": "\\ud800"}'],
    ["a lone low surrogate", '{"a": "\\udc00x"}'],
    ["a key twice", '{"a": 1, "b": {}, "a": 1}'],
    ["a key twice, once escaped", '{"a": 1, "\\u0061": 2}'],
    ["__proto__", '{"x": {"__proto__": {}}}'],
    ["__proto__, escaped", '{"\\u005f_proto__": 1}'],
    ["21 levels", `${"[".repeat(21)}${"]".repeat(21)}`],
    ["30,000 levels", `${"[".repeat(30_000)}${"]".repeat(30_000)}`],
  ])("refuses %s with 400", (_name, text) => {
    expect(statusOf(text)).toBe(400);
  });

  it("refuses a list of more than 1,000 items before anything looks at them, wherever it is", () => {
    const list = (items: number): string => `[${'"",'.repeat(items - 1)}""]`;
    // That it is no JSON would be found later.
    expect(statusOf(`{"notifications": ${list(250_000)}`)).toBe(422);
    expect(statusOf(`{"a": [{"b": ${list(1_001)}}]}`)).toBe(422);
    expect(statusOf(`{"a": [{"b": ${list(1_000)}}, ${list(1_000)}]}`)).toBeNull();
  });

  it("takes 20 levels", () => {
    expect(statusOf(`${"[".repeat(20)}${"]".repeat(20)}`)).toBeNull();
  });

  it("takes a string as long as a body may be", () => {
    expect(decode(JSON.stringify({ a: '"\\'.repeat(16_000) }))).toEqual({ a: '"\\'.repeat(16_000) });
    const lines = "a\n".repeat(2_700_000);
    expect(decode(JSON.stringify([lines]))).toEqual([lines]);
  });

  it.each([
    ["objects", "[{},{}]", 5],
    ["keys and values", '{"a":1,"b":[2]}', 6],
    ["strings, whose punctuation counts for nothing", '["[,:{\\",\\\\","]"]', 3],
  ])("counts %s", (_name, text, count) => {
    const bounded = (most: number) => () => decodeJson(Buffer.from(text), most);
    expect(bounded(count)()).toEqual(JSON.parse(text));
    expect(bounded(count - 1)).toThrow(`more than ${count - 1} values`);
  });
});
