import { expect, test } from "vitest";
import { chipOf } from "./outcomes.ts";

const chip = (status: Parameters<typeof chipOf>[0]["status"], reason: string | null = null) =>
  chipOf({ status, reason, held_until: null });

test("is grey for whom was offline, for it waits in the inbox, and amber for what somebody should mend", () => {
  expect(chip("skipped", "offline")).toEqual({ words: "Offline", tone: "neutral" });
  expect(chip("skipped", "no_address")).toEqual({ words: "No address", tone: "warn" });
  expect(chip("skipped", "expired")).toEqual({ words: "Not sent", tone: "warn" });
  expect(chip("skipped", "preference").tone).toBe("neutral");
});

test("goes by the status where the reason says no more", () => {
  expect(chip("delivered")).toEqual({ words: "Delivered", tone: "good" });
  expect(chip("failed", "offline")).toEqual({ words: "Failed", tone: "bad" });
  expect(chipOf({ status: "queued", reason: "quiet_hours", held_until: "2026-02-03T09:30:00.000Z" })).toEqual(
    {
      words: "Held",
      tone: "neutral",
    },
  );
});
