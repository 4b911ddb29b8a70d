import { afterEach, expect, test } from "vitest";
import { Problem } from "../api/problem.ts";
import { setAsk, withConfirmation } from "./again.ts";

const again = new Problem(403, "urn:tocsin:problem:sign-in-again", "Show it again.");
let end = (): void => undefined;
afterEach(() => end());

/** A call that is refused until the person has shown the password. */
function guarded() {
  const seen = { calls: 0, asked: 0, confirmed: false };
  const call = () => {
    seen.calls += 1;
    return seen.confirmed ? Promise.resolve("done") : Promise.reject(again);
  };
  return { seen, call };
}

test("asks once and makes the call again", async () => {
  const { seen, call } = guarded();
  end = setAsk(() => {
    seen.asked += 1;
    seen.confirmed = true;
    return Promise.resolve(true);
  });
  expect(await withConfirmation(call)).toBe("done");
  expect(seen).toEqual({ calls: 2, asked: 1, confirmed: true });
});

test("leaves the refusal as it is when the person leaves, when nobody asks, or for another reason", async () => {
  const { seen, call } = guarded();
  await expect(withConfirmation(call)).rejects.toBe(again);
  end = setAsk(() => Promise.resolve(false));
  await expect(withConfirmation(call)).rejects.toBe(again);
  const other = new Problem(403, "urn:tocsin:problem:forbidden", "No.");
  end = setAsk(() => {
    seen.asked += 1;
    return Promise.resolve(true);
  });
  await expect(withConfirmation(() => Promise.reject(other))).rejects.toBe(other);
  expect(seen).toMatchObject({ calls: 2, asked: 0 });
});
