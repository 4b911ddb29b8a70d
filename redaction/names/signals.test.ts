import { describe, expect, it } from "vitest";
import { signalsOf, type Signals } from "./signals.ts";
import { tokenize } from "./tokens.ts";

const signals = (text: string): Signals[] => signalsOf(tokenize(text), text, new Set()).each;
const shapes = (text: string): number[] => signals(text).map(({ shape }) => shape);

describe("the signals of a word", () => {
  it("have one form in a message of one case, whichever that is", () => {
    expect(shapes("PALMER REFUSED BREAKFAST")).toEqual(shapes("palmer refused breakfast"));
    expect(shapes("Palmer refused breakfast")).not.toEqual(shapes("palmer refused breakfast"));
  });

  it("tell how often it is said, mostly with a capital or not, and how many bear it", () => {
    const [palmer, lunch, smith] = signals("palmer lunch smith");
    expect(palmer?.usage).toBeGreaterThan(8);
    expect(lunch?.usage).toBeGreaterThan(0);
    expect(lunch?.usage).toBeLessThan(8);
    expect(smith?.bearers).toBe(8);
    expect(lunch?.bearers).toBe(0);
  });

  it("leave out a possessive ending, in capitals too", () => {
    expect(tokenize("PALMER'S DAUGHTER").map(({ word }) => word)).toEqual(["palmer", "daughter"]);
  });
});
