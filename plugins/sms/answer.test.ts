import { describe, expect, it } from "vitest";
import type { AnswerOutcome, StatusCallback } from "tocsin/channel";
import { hintOf, readAnswer } from "./answer.ts";
import { bodyOf } from "./body.ts";
import { inboundForm, signForm } from "./fixture/callback.ts";
import sms from "./index.ts";
import { encodingOf } from "./segments.ts";
import { CALLBACK_URL, CALLED, deliverable, PHONE, settings } from "./testing.ts";

const twilio = {
  url: "https://api.twilio.com",
  accountSid: `AC${"0".repeat(32)}`,
  authToken: "made-up-token",
};
const parse = (more: object) => sms.config.parse({ ...settings(twilio), ...more });

function inbound(body: string, token = twilio.authToken, to?: string): StatusCallback {
  const form = inboundForm({ accountSid: twilio.accountSid, from: PHONE, body, ...(to && { to }) });
  return {
    method: "POST",
    ...CALLED,
    headers: { "x-twilio-signature": signForm(token, CALLBACK_URL, form) },
    body: Buffer.from(form.toString()),
  };
}

describe("an answer by SMS", () => {
  it.each([
    ["1 123", "acknowledge", "123"],
    ["9-100", "decline", "100"],
    ["1999", "acknowledge", "999"],
  ])("%j says %s to the alert with the code %s", (body, answer, code) => {
    expect(readAnswer(parse({ answers: true }), inbound(body))).toMatchObject({
      answers: [{ answer, to: { address: PHONE, code } }],
    });
  });

  it.each([
    ["1", "acknowledge"],
    [" 9 ", "decline"],
  ])("%j says %s, for the number that it came from", (body, answer) => {
    expect(readAnswer(parse({ answers: true }), inbound(body))).toMatchObject({
      kind: "updates",
      answers: [{ answerId: `SM${"1".repeat(32)}`, answer, to: { address: PHONE } }],
    });
  });

  it.each(["", "11", "yes", "19", "1 9", "123", "1 12", "1 1234", "1\n123\n1"])("%j says nothing", (body) => {
    expect(readAnswer(parse({ answers: true }), inbound(body))).toEqual({ kind: "updates", updates: [] });
  });

  it("counts only where it is asked for, and only by Twilio's signature", () => {
    expect(readAnswer(parse({}), inbound("1"))).toEqual({ kind: "updates", updates: [] });
    expect(readAnswer(parse({ answers: true }), inbound("1", "another"))).toEqual({
      kind: "unauthentic",
    });
  });

  it("is Twilio's by the address that was set, whatever the call says of itself", () => {
    const elsewhere = "https://trial.example/api/channels/sms/status";
    const form = inboundForm({ accountSid: twilio.accountSid, from: PHONE, body: "1" });
    const headers = { "x-twilio-signature": signForm(twilio.authToken, elsewhere, form) };
    for (const origin of ["https://trial.example", null])
      expect(readAnswer(parse({ answers: true }), { ...inbound("1"), origin, headers })).toEqual({
        kind: "unauthentic",
      });
    expect(readAnswer(parse({ answers: true }), { ...inbound("1"), origin: null })).toHaveProperty("answers");
  });

  it("is none to another number of the account than the one that alerts come from, and its writer is told", () => {
    const other = inbound("1 123", twilio.authToken, "+15005550007");
    const read = (more: object) => readAnswer(parse({ answers: true, ...more }), other);
    const elsewhere = read({});
    if (elsewhere?.kind !== "updates") throw new Error("no answer");
    expect([elsewhere.updates, elsewhere.answers]).toEqual([[], undefined]);
    expect(elsewhere.reply?.([]).body).toContain("Nothing was done");
    const answers = [{ answer: "acknowledge" }];
    expect(read({ messaging_service_sid: `MG${"0".repeat(32)}` })).toMatchObject({ answers });
    expect(read({ from: "+15005550007" })).toMatchObject({ answers });
  });

  it("tells the person what became of it, without a word of the alert", () => {
    const result = readAnswer(parse({ answers: true }), inbound("1"));
    if (result?.kind !== "updates") throw new Error("no answer");
    const said = (outcome: AnswerOutcome) => result.reply?.([outcome]);
    expect(said("acknowledged")).toMatchObject({
      type: "text/xml",
      body: expect.stringContaining("Acknowledged."),
    });
    expect(said("declined")?.body).toContain("Declined.");
    expect(said("nothing")?.body).toContain("Nothing was done");
  });

  it("is offered whole below an alert, however long that is", () => {
    const message = { ...deliverable().message, title: null, text: "long ".repeat(200) };
    const body = bodyOf(message, 1, hintOf("123"));
    expect(body.endsWith(`...\n${hintOf("123")}`)).toBe(true);
    expect(body.length).toBeLessThanOrEqual(160);
    expect(encodingOf(body)).toBe("GSM-7");
    expect(bodyOf(message, 1)).not.toContain("Reply");
  });
});
