import { expect, it } from "vitest";
import { notificationIn } from "./reference.ts";

const ID = "0195a1f0-5c00-7000-8000-000000000001";

it.each([
  [ID, ID],
  [` ${ID}\n`, ID],
  [`https://tocsin.example/notifications/${ID}`, ID],
  [`https://tocsin.example/notifications/${ID}/?from=list#now`, ID],
  ["", null],
  [ID.slice(1), null],
  ["https://tocsin.example/notifications/", null],
  [`x${ID}`, null],
])("reads %j as the notification %j", (text, id) => {
  expect(notificationIn(text)).toBe(id);
});
