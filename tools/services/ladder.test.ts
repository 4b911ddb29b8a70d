import { describe, expect, test } from "vitest";
import { climb, type Rung } from "./ladder.ts";
import { StartProblem } from "./problem.ts";

const fails = (name: string, why: string): Rung<string> => ({
  name,
  get: () => {
    throw new Error(why);
  },
});

describe("climb", () => {
  test("takes the first rung that holds and tries no further", async () => {
    const tried: string[] = [];
    const rung = (name: string): Rung<string> => ({ name, get: () => (tried.push(name), name) });
    expect(await climb("a server", [fails("a", "x"), rung("b"), rung("c")], [])).toBe("b");
    expect(tried).toEqual(["b"]);
  });

  test("names every rung, its reason and the ways out when none holds", async () => {
    const climbing = climb(
      "a server",
      [fails("on PATH", "not there"), fails("download", "offline")],
      ["install it"],
    );
    await expect(climbing).rejects.toThrow(StartProblem);
    await expect(climbing).rejects.toThrow(
      /a server[^]*on PATH: not there[^]*download: offline[^]*install it/,
    );
  });

  test("a rung's StartProblem ends the climb", async () => {
    const broken: Rung<string> = {
      name: "CHROME_PATH",
      get: () => {
        throw new StartProblem("CHROME_PATH is no browser");
      },
    };
    await expect(climb("a browser", [broken, { name: "b", get: () => "b" }], [])).rejects.toThrow(
      "CHROME_PATH is no",
    );
  });
});
