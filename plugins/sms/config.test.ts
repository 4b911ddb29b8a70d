import { describe, expect, it } from "vitest";
import sms from "./index.ts";

const base = {
  account_sid: `AC${"0".repeat(32)}`,
  auth_token: "made-up-token",
  from: "+15005550006",
  countries: ["US"],
};

describe("configuration", () => {
  it.each([
    [{}, "api.twilio.com"],
    [{ base_url: "https://api.dublin.ie1.twilio.com" }, "api.dublin.ie1.twilio.com"],
    [{ base_url: "http://127.0.0.1:4010" }, "127.0.0.1:4010"],
  ])("%j reaches only %s", (settings, host) => {
    expect(sms.hosts(sms.config.parse({ ...base, ...settings }))).toEqual([host]);
  });

  it.each([
    ["account_sid", { account_sid: "AC123" }],
    ["auth_token", { auth_token: "" }],
    ["from", { from: undefined }],
    ["from", { from: "+1 202 555 0123" }],
    ["from", { from: "Ward\r\n3" }],
    ["messaging_service_sid", { messaging_service_sid: "AC1" }],
    ["api_key_secret", { api_key_sid: `SK${"0".repeat(32)}` }],
    ["countries", { countries: [] }],
    ["countries", { countries: undefined }],
    ["countries.0", { countries: ["XX"] }],
    ["countries.0", { countries: ["us"] }],
    ["max_segments", { max_segments: 11 }],
    ["validity_period", { validity_period: 0 }],
    ["status_callback", { status_callback: "javascript:alert(1)" }],
    ["status_callback", { answers: true }],
    ["base_url", { base_url: "http://api.twilio.com" }],
    ["velocity.per_user.messages", { velocity: { per_user: { messages: 0, seconds: 60 } } }],
    ["", { statuscallback: "https://tocsin.example/" }],
  ])("is refused at %j: %j", (field, settings) => {
    const result = sms.config.safeParse({ ...base, ...settings });
    expect(result.error?.issues.map(({ path }) => path.join("."))).toContain(field);
  });
});
