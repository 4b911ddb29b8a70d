import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";

const redacted = (text: string): string => redact(text).text;

describe("what stands beside a name or a place", () => {
  it.each([
    ["a first name that no list has", "Quorsabel Osakwe is back from CT.", "Quorsabel"],
    [
      "an everyday word for a first name",
      "Thanks for waiting. Lantern Osakwe, your splint is ready.",
      "Lantern",
    ],
    ["a name with a particle", "Ysoudrel van Merrewixk will speak at noon.", "Ysoudrel"],
    [
      "the proper half of a hospital's name",
      "Hx from pt, Presbyterian Hospital, fax pending",
      "Presbyterian",
    ],
  ])("goes with it: %s", (_, text, lost) => {
    expect(redacted(text)).not.toContain(lost);
  });

  it.each([
    ["a role", "Thanks for waiting. Nurse Osakwe, your badge is ready.", "Nurse [NAME]"],
    ["a greeting", "Thanks Osakwe, we got it.", "Thanks [NAME]"],
    ["a sign with a particle", "Signo de Murphy positivo.", "Signo de Murphy positivo."],
    ["a title", "Seen today: Mrs. Quillfeather, stable", "Mrs. [NAME], stable"],
  ])("stays where it is %s", (_, text, kept) => {
    expect(redacted(text)).toContain(kept);
  });
});
