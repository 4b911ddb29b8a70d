import { describe, expect, it } from "vitest";
import type { Story } from "../api/notifications.ts";
import { linesOf, stateOf, toDoOf } from "./words.ts";

const NORTH = { user_id: "n1", name: "Dr North" };
const SISTER = { user_id: "b1", name: "Sister North" };
const DEPUTY = { user_id: "b2", name: "Mr Deputy" };
const at = (second: number): string => new Date(Date.UTC(2026, 4, 4, 10, 0, second)).toISOString();

const moment = (fields: Partial<Story["moments"][number]>): Story["moments"][number] => ({
  notification_id: "root",
  at: at(0),
  person: NORTH,
  channel: null,
  status: "sent",
  reason: null,
  attempt: null,
  ...fields,
});
const told = (fields: Partial<Story["told"][number]> = {}): Story["told"][number] => ({
  ...NORTH,
  notification_id: "root",
  at: at(0),
  seen_at: null,
  acknowledged_at: null,
  note: null,
  declined_at: null,
  decline_reason: null,
  ...fields,
});
const story = (moments: Story["moments"], fields: Partial<Story> = {}): Story => ({
  notification_id: "root",
  root_id: "root",
  territory: { territory_id: "north", name: "North" },
  sender: "Laboratory",
  recipient: NORTH,
  category: "patient_alert",
  priority: "critical",
  title: null,
  message: "K+ 6.8",
  status: "sent",
  created_at: at(0),
  broadcast: null,
  is_own: false,
  supervised: true,
  told: [told()],
  told_count: 1,
  moments,
  closed: null,
  steps: [],
  workflow: { id: "root", url: null },
  ...fields,
});
const textsOf = (of: Story): string[] =>
  linesOf(of).map(({ who, text, why }) => [...who, text, ...(why === null ? [] : [why])].join(" "));

describe("a story", () => {
  it("tells who sent it, by what it came, who saw it and who acknowledged, with their words", () => {
    const moments = [
      moment({ status: "accepted" }),
      moment({ at: at(1) }),
      moment({ at: at(1), channel: "websocket", status: "queued" }),
      moment({ at: at(2), channel: "websocket", status: "delivered" }),
      moment({ at: at(3), status: "seen" }),
      moment({ at: at(9), status: "acknowledged" }),
    ];
    const acknowledged = told({ acknowledged_at: at(9), note: "On my way" });
    expect(textsOf(story(moments, { told: [acknowledged] }))).toEqual([
      "Laboratory sent it for Dr North",
      "Dr North has it in the inbox",
      "Dr North got it on the dashboard",
      "Dr North saw it",
      "Dr North acknowledged it “On my way”",
    ]);
  });

  it("tells a step as one sentence, with those whom it told", () => {
    const copies = [SISTER, DEPUTY].map((person, index) =>
      moment({ notification_id: `copy-${index}`, person, at: at(60) }),
    );
    const step = moment({ status: "escalated", reason: "to_supervisor", attempt: 1, at: at(61) });
    const by = moment({
      notification_id: "copy-0",
      person: SISTER,
      channel: "sms",
      status: "accepted",
      at: at(60),
    });
    expect(textsOf(story([moment({}), ...copies, by, step]))).toEqual([
      "Dr North has it in the inbox",
      "Sister North Mr Deputy were told, step 1: nobody had acknowledged it",
      "Sister North was sent it by SMS",
    ]);
    const again = { ...step, attempt: 2, at: at(120) };
    expect(textsOf(story([again, { ...again, reason: "to_nobody" }]))).toEqual([
      "The supervisors were told again, step 2: nobody had acknowledged it.",
      "Nobody could be told, step 2: nobody had acknowledged it.",
    ]);
  });

  it("tells once what happens to all, and not what a colleague's acknowledgement closed", () => {
    const closing = [
      moment({ status: "closed", at: at(5) }),
      moment({ status: "closed", at: at(6), person: SISTER, notification_id: "copy-0" }),
      moment({ status: "acknowledged", reason: "by_colleague", at: at(7) }),
    ];
    expect(textsOf(story(closing, { closed: { by: SISTER, reason: "At the bedside" } }))).toEqual([
      "A supervisor ended it, unacknowledged. Sister North: “At the bedside”",
    ]);
  });

  it("says why somebody could not be reached, and is silent on what was not needed", () => {
    const failed = moment({ channel: "sms", status: "skipped", reason: "no_address" });
    const spared = moment({ channel: "email", status: "skipped", reason: "not_needed" });
    expect(textsOf(story([failed, spared]))).toEqual([
      "Dr North was not told by SMS The recipient has no address on file for this channel.",
    ]);
  });

  it("tells once that a channel says not now, and again where it says so for another reason", () => {
    const again = (second: number, attempt: number, reason: string) =>
      ["claimed", "queued"].map((status) =>
        moment({
          channel: "sms",
          status,
          at: at(second),
          attempt,
          reason: status === "queued" ? reason : null,
        }),
      );
    const held = moment({ channel: "sms", status: "held", reason: "quiet_hours" });
    const moments = [
      held,
      ...again(1, 1, "http_503"),
      ...again(60, 2, "http_503"),
      ...again(90, 3, "http_429"),
    ];
    const sent = moment({ channel: "sms", status: "accepted", attempt: 4, at: at(120) });
    expect(textsOf(story([...moments, sent]))).toEqual([
      "Dr North is told by SMS later It waits until the recipient's quiet hours end.",
      "Dr North could not be told by SMS yet, and it is tried again The provider answered with HTTP status 503.",
      "Dr North could not be told by SMS yet, and it is tried again The provider answered with HTTP status 429.",
      "Dr North was sent it by SMS",
    ]);
  });

  it("says what each did, and what is left to do", () => {
    expect(stateOf(told())).toMatchObject({ text: "Has not seen it", tone: "warn" });
    expect(stateOf(told({ seen_at: at(1) })).text).toBe("Has seen it");
    expect(stateOf(told({ seen_at: at(1), declined_at: at(2) })).text).toBe("Declined");
    expect(stateOf(told({ declined_at: at(2), acknowledged_at: at(3) })).text).toBe("Acknowledged");
    expect(toDoOf(story([], { told: [told({ acknowledged_at: at(1) })] }))).toBe(
      "Nothing: Dr North acknowledged it.",
    );
    expect(toDoOf(story([], { status: "expired" }))).toBe("Nothing: its time is over.");
  });
});
