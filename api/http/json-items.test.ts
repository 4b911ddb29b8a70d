import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Problem } from "./errors.ts";
import { decodeItems, OVERSIZED } from "./json-items.ts";
import { decodeJson } from "./json.ts";

const decode = (text: string | Buffer, maxItem = 1_000): Promise<unknown> =>
  decodeItems(Buffer.from(text), { maxValues: 1_000_000, maxItem });

/** What comes of a text: its value, or the status of its refusal. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return { value: await work() };
  } catch (error) {
    return error instanceof Problem ? { status: error.status } : error;
  }
}

describe("decodeItems", () => {
  it.each([
    [
      "lists of items",
      '{"notifications": [{"a": [1, {"b": "]},["}]}, "x\\"]", 3, [[]]], "more": [ {} , null ]}',
    ],
    ["keys that JavaScript orders by itself", '{"b": [1, 2], "1": [3], "a": {"c": [4]}}'],
    ["empty lists", '{"a": [], "b": [ \n ]}'],
    ["what is no object", '[[1, 2], {"a": [3]}]'],
    ["no list", '"text"'],
    ["texts of several bytes", '{"a": ["é\\ud83d\\ude00", "ﷺ"]}'],
    ["a byte order mark", '\ufeff{"a": [1]}'],
    ["a byte order mark before an item", '{"a": [\ufeff1]}'],
    ["a comma too many", '{"a": [1,]}'],
    ["a comma at the beginning", '{"a": [,1]}'],
    ["a comma too few", '{"a": [1 2]}'],
    ["brackets of another kind", '{"a": [1}, "b": [2]]'],
    ["brackets that close too much", '{"a": [1]]}'],
    ["brackets that stay open", '{"a": [1'],
    ["a string that stays open", '{"a": ["x]}'],
    ["two values", '{"a": [1]} {"a": [2]}'],
    ["a key twice", '{"a": [1], "a": [2]}'],
    ["a key twice in an item", '{"a": [{"b": 1, "b": 2}]}'],
    ["__proto__", '{"__proto__": [1]}'],
    ["__proto__ in an item", '{"a": [{"__proto__": 1}]}'],
    ["NUL", '{"a": ["\\u0000"]}'],
    ["half of a pair", '{"a": ["\\ud800"]}'],
    ["invalid UTF-8", Buffer.from('{"a": ["\xff"]}', "latin1")],
    ["21 levels", `{"a": [${"[".repeat(19)}${"]".repeat(19)}]}`],
    ["too many items", `{"a": [${"1,".repeat(1_000)}1]}`],
    ["nothing", ""],
  ])("has the outcome of decodeJson: %s", async (_name, text) => {
    expect(await outcome(() => decode(text, 10_000))).toEqual(
      await outcome(() => decodeJson(Buffer.from(text))),
    );
  });

  it("decodes no item that is larger than it may be, and all the others", async () => {
    const long = "x".repeat(999);
    expect(await decode(`{"a": ["${long}", "short", {"not": json${long}}, "${long.slice(2)}"]}`)).toEqual({
      a: [OVERSIZED, "short", OVERSIZED, long.slice(2)],
    });
  });

  it("refuses a body that holds too much beside its items, or too many values in all", async () => {
    const many = Array.from({ length: 600 }, (_, key) => `"${key}": [1]`).join();
    expect(await outcome(() => decode(`{${many}}`))).toEqual({ status: 413 });
    expect(await outcome(() => decode(`{"a": [1], "b": "${"x".repeat(1_000)}"}`))).toEqual({ status: 413 });
    const bounded = (maxValues: number) => () =>
      decodeItems(Buffer.from('{"a":[1,[2]]}'), { maxValues, maxItem: 100 });
    expect(await outcome(bounded(6))).toEqual({ value: { a: [1, [2]] } });
    expect(await outcome(bounded(5))).toEqual({ status: 400 });
  });

  it("gives everything else its turn over and over", async () => {
    const item = JSON.stringify(Array.from({ length: 900 }, () => ""));
    const body = Buffer.from(`{"notifications": [${Array.from({ length: 290 }, () => item).join()}]}`);
    let turns = 0;
    let isDone = false;
    const others = (async () => {
      for (; !isDone; turns++) await setImmediate();
    })();
    await decodeItems(body, { maxValues: 1_000_000, maxItem: 65_536 });
    isDone = true;
    await others;
    expect(turns).toBeGreaterThan(5);
  });
});
