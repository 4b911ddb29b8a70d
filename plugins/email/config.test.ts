import { describe, expect, it } from "vitest";
import email from "./index.ts";

const base = { host: "smtp.example", from: "alerts@hospital.example" };

describe("configuration", () => {
  it.each([
    [{}, "smtp.example:587"],
    [{ tls: "implicit" }, "smtp.example:465"],
    [{ tls: "none" }, "smtp.example:25"],
    [{ port: 2525 }, "smtp.example:2525"],
  ])("%j reaches only %s", (settings, host) => {
    expect(email.hosts(email.config.parse({ ...base, ...settings }))).toEqual([host]);
  });

  it("encrypts unless told otherwise", () => {
    expect(email.config.parse(base)).toMatchObject({ tls: "starttls" });
  });

  it.each([
    ["host", {}],
    ["from", { ...base, from: "Alerts <alerts@hospital.example>" }],
    ["from_name", { ...base, from_name: "Alerts\r\nBcc: eve@evil.example" }],
    ["password", { ...base, user: "tocsin" }],
    ["unsubscribe", { ...base, unsubscribe: "javascript:alert(1)" }],
    ["inbox_url", { ...base, inbox_url: "data:text/html,x" }],
    ["ca", { ...base, ca: "/etc/ssl/ca.pem" }],
    ["", { ...base, tsl: "none" }],
  ])("is refused at %j: %j", (field, settings) => {
    const result = email.config.safeParse(settings);
    expect(result.error?.issues.map(({ path }) => path.join("."))).toContain(field);
  });
});
