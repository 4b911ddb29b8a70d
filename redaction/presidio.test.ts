import { describe, expect, it } from "vitest";
import { redact } from "./index.ts";
import { presidio } from "./presidio.ts";
import { RecognizerUnavailable } from "./recognizer.ts";

const url = "http://presidio.example:5002/";
const answering =
  (body: unknown, status = 200): typeof fetch =>
  async () =>
    Response.json(body, { status });

describe("presidio", () => {
  it("asks its analyzer", async () => {
    const asked: { url: string; body: unknown }[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      asked.push({ url: String(input), body: JSON.parse(String(init?.body)) });
      return Response.json([]);
    };
    await presidio({ url, fetch, threshold: 0.4 }).analyze("bed 4");
    expect(asked).toEqual([
      {
        url: "http://presidio.example:5002/analyze",
        body: { text: "bed 4", language: "en", score_threshold: 0.4 },
      },
    ]);
  });

  it("translates code points to UTF-16 units", async () => {
    const fetch = answering([{ start: 2, end: 7, entity_type: "PERSON", score: 0.85 }]);
    expect(await presidio({ url, fetch }).analyze("🙂 vance")).toEqual([
      { start: 3, end: 8, kind: "name", score: 0.85 },
    ]);
    const others = await presidio({ url, fetch }).analyze("🙂 vance");
    expect(redact("🙂 vance", {}, others).text).toBe("🙂 [NAME]");
  });

  it("drops what is unsure and what no kind covers, and keeps what it doesn't know", async () => {
    const fetch = answering([
      { start: 0, end: 1, entity_type: "PERSON", score: 0.2 },
      { start: 0, end: 1, entity_type: "NRP", score: 0.9 },
      { start: 0, end: 1, entity_type: "SG_NRIC_FIN", score: 0.9 },
    ]);
    expect(await presidio({ url, fetch }).analyze("x")).toEqual([
      { start: 0, end: 1, kind: "other_id", score: 0.9 },
    ]);
  });

  const failures: [string, typeof fetch, string][] = [
    ["unreachable", () => Promise.reject(new TypeError("fetch failed")), "unreachable"],
    ["an error", answering({}, 503), "status_503"],
    ["no list", answering({ error: "x" }), "malformed"],
    ["no JSON", async () => new Response("<html>"), "malformed"],
    ["an offset outside", answering([{ start: 0, end: 99, entity_type: "PERSON", score: 1 }]), "malformed"],
    [
      "a timeout",
      (_, init) =>
        new Promise((_, reject) =>
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
        ),
      "timeout",
    ],
  ];
  it.each(failures)("is unavailable on %s", async (_, fetch, code) => {
    const analyzed = presidio({ url, fetch, timeoutMs: 20 }).analyze("Imogen Vance");
    await expect(analyzed).rejects.toBeInstanceOf(RecognizerUnavailable);
    await expect(analyzed).rejects.toMatchObject({ code, message: `recognizer presidio: ${code}` });
  });
});
