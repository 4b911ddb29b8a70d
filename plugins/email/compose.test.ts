import { describe, expect, it } from "vitest";
import { compose, type MessageLinks } from "./compose.ts";
import { configSchema } from "./config.ts";
import { deliverable } from "./testing/attempt.ts";

const base = { host: "smtp.example", from: "alerts@hospital.example" };

async function composed(
  message: object = {},
  settings: object = {},
  links?: MessageLinks,
): Promise<{ headers: string; body: string }> {
  const config = configSchema.parse({ ...base, ...settings });
  const raw = (await compose(config, deliverable(null, message).message, "ada@clinic.example", links))
    .toString()
    .replaceAll("\r\n", "\n");
  const end = raw.indexOf("\n\n");
  return { headers: raw.slice(0, end).replace(/\n[ \t]+/g, " "), body: unquote(raw.slice(end)) };
}

/** Undoes quoted-printable (RFC 2045 6.7). */
function unquote(text: string): string {
  const bytes = text
    .replace(/=\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

describe("compose", () => {
  it("carries the headers of automatic mail and an id made of the delivery's", async () => {
    const { headers } = await composed({ deliveryId: "0192f0c1-7a00-7000-8000-00000000000a" });
    expect(headers).toContain("Message-ID: <0192f0c1-7a00-7000-8000-00000000000a@hospital.example>");
    expect(headers).toContain("Auto-Submitted: auto-generated");
    expect(headers).toContain("To: ada@clinic.example");
    expect(headers).toContain("From: Tocsin <alerts@hospital.example>");
    expect(headers).toContain("Subject: Lab result");
    expect(headers).not.toMatch(/^(Cc|Bcc|X-Mailer):/im);
  });

  it("says the same in plain text and in HTML", async () => {
    const { headers, body } = await composed(
      { text: "First line\nsecond" },
      { inbox_url: "https://t.example/?a=1&b=2" },
    );
    expect(headers).toContain("multipart/alternative");
    expect(body).toContain("First line\nsecond\n\nOpen the inbox: https://t.example/?a=1&b=2");
    expect(body).toContain('<p dir="auto">First line<br>second</p>');
    expect(body).toContain('<a href="https://t.example/?a=1&amp;b=2">');
  });

  it("escapes HTML and sets text of either direction apart", async () => {
    const { body } = await composed({ title: "<b>x</b>", text: `<script>alert("1")</script> & 'more'` });
    expect(body).toContain("<bdi>&lt;b&gt;x&lt;/b&gt;</bdi>");
    expect(body).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;");
    expect(body.slice(body.indexOf("<!doctype"))).not.toContain("<script");
  });

  it("drops marks that reorder or hide text, wherever they stand", async () => {
    const { headers, body } = await composed({
      title: "dose \u202e01\u202c mg",
      text: "give \u2066\u202e01\u0007 mg",
    });
    expect(headers).toContain("Subject: dose 01 mg");
    expect(body).toContain("give 01 mg");
    expect(body).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
    expect(body).not.toContain("\u0007");
  });

  it("keeps a title of several lines from becoming headers", async () => {
    const { headers } = await composed({ title: "Result\r\nBcc: eve@evil.example\n\nbody" });
    expect(headers).toContain("Subject: Result Bcc: eve@evil.example body");
    expect(headers).not.toMatch(/^Bcc:/m);
  });

  it.each([null, "", " \n "])("names the category where the title is %j", async (title) => {
    expect((await composed({ title })).headers).toContain("Subject: Patient alert");
  });

  it("marks a critical message, and never offers to switch it off", async () => {
    const unsubscribe = "https://t.example/preferences";
    const normal = await composed({}, { unsubscribe });
    expect(normal.headers).toContain("List-Unsubscribe: <https://t.example/preferences>");
    const critical = await composed({ priority: "critical", urgency: "critical" }, { unsubscribe });
    expect(critical.headers).toContain("Subject: CRITICAL: Lab result");
    // The last resort of an alert that is not critical.
    const last = await composed({ priority: "high", urgency: "critical" }, { unsubscribe });
    expect(last.headers).toContain("Subject: Lab result");
    expect(last.body).not.toContain("CRITICAL");
    for (const { headers } of [critical, last]) {
      expect(headers).toContain("Importance: high");
      expect(headers).not.toContain("List-Unsubscribe");
    }
  });

  it("offers one click to end what is not critical (RFC 8058), and a link to answer", async () => {
    const unsubscribe = "https://t.example/api/unsubscribe/abc";
    const answer = "https://t.example/answer#a&b";
    const links = { unsubscribe, answer };
    const { headers, body } = await composed({}, { unsubscribe: "mailto:stop@t.example" }, links);
    expect(headers).toContain(`List-Unsubscribe: <${unsubscribe}>, <mailto:stop@t.example>`);
    expect(headers).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    expect(body).toContain(`Acknowledge or decline: ${answer}`);
    expect(body).toContain('<a href="https://t.example/answer#a&amp;b">Acknowledge or decline</a>');
    const critical = await composed({ priority: "critical", urgency: "critical" }, {}, links);
    expect(critical.headers).not.toContain("List-Unsubscribe");
    expect((await composed()).headers).not.toContain("List-Unsubscribe");
  });

  it("shortens a long subject between graphemes", async () => {
    const { headers } = await composed({ title: "é".repeat(200) });
    const words = [...headers.matchAll(/=\?UTF-8\?B\?(.*?)\?=/gi)];
    const subject = words.map(([, word = ""]) => Buffer.from(word, "base64").toString()).join("");
    expect(subject).toBe(`${"é".repeat(119)}…`);
  });
});
