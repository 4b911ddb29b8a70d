import { expect, test } from "vitest";
import { notification } from "../testing/notification.ts";
import { parseFrame } from "./frames.ts";

test("reads each frame of the protocol", () => {
  const frames = [
    { type: "hello", user_id: "u1", seq: 0 },
    { type: "hello", user_id: "u1", seq: 0, counts: { unacknowledged_critical: 1, unread: 2, open: 3 } },
    { type: "notification", seq: 3, notification: notification({ seq: 3 }) },
    {
      type: "notification",
      seq: 4,
      notification: notification({ seq: 4 }),
      counts: { unacknowledged_critical: 0, unread: 0, open: 9 },
    },
    { type: "resumed", seq: 7 },
    { type: "resumed", seq: 7, after: 3 },
    { type: "error", code: "rate", detail: "Slower." },
  ];
  for (const frame of frames) expect(parseFrame(JSON.stringify(frame))).toEqual(frame);
});

test.each([
  ["no JSON", "{"],
  ["no object", "[1]"],
  ["null", "null"],
  ["bytes", new ArrayBuffer(2)],
  ["an unknown type", '{"type":"presence","seq":1}'],
  ["a broken seq", '{"type":"resumed","seq":"7"}'],
  ["a negative seq", '{"type":"resumed","seq":-1}'],
  ["half a notification", '{"type":"notification","seq":1,"notification":{"notification_id":"n"}}'],
])("skips %s", (_, data) => {
  expect(parseFrame(data)).toBeNull();
});
