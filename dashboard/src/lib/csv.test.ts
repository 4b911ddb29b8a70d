import { expect, test } from "vitest";
import { Problem } from "./api/problem.ts";
import { fetchCsv, nextCursor } from "./csv.ts";

const pages = (...texts: string[]) => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (input) => {
    asked.push(String(input));
    const headers = new Headers(
      asked.length < texts.length ? { link: `<?cursor=c${asked.length}>; rel="next"` } : {},
    );
    return Promise.resolve(new Response(texts[asked.length - 1], { headers }));
  };
  return { asked, fetch };
};

test("joins the pages under one heading and keeps the filters on each", async () => {
  const { asked, fetch } = pages("a,b\r\n1,2\r\n", "a,b\r\n3,4\r\n");
  const csv = await fetchCsv("/deliveries", new URLSearchParams({ channel: "sms" }), undefined, fetch);
  expect(csv).toEqual({ text: "a,b\r\n1,2\r\n3,4\r\n", complete: true });
  expect(asked).toEqual([
    "/api/deliveries?channel=sms&limit=100",
    "/api/deliveries?channel=sms&limit=100&cursor=c1",
  ]);
});

test("stops at the last page that it may take, and says so", async () => {
  const { asked, fetch } = pages("a\r\n1\r\n", "a\r\n2\r\n", "a\r\n3\r\n");
  const csv = await fetchCsv("/audit", new URLSearchParams(), { rows: 1, pages: 2 }, fetch);
  expect(csv).toEqual({ text: "a\r\n1\r\n2\r\n", complete: false });
  expect(asked).toEqual(["/api/audit?limit=1", "/api/audit?limit=1&cursor=c1"]);
});

test("fails as a whole when a page does", async () => {
  const fetch = () => Promise.resolve(Response.json({ detail: "No." }, { status: 503 }));
  await expect(fetchCsv("/deliveries", new URLSearchParams(), undefined, fetch)).rejects.toBeInstanceOf(
    Problem,
  );
});

test("reads the next page's cursor from a Link header", () => {
  expect(nextCursor('</x?cursor=p>; rel="prev", </x?a=1&cursor=q%3D>; rel="next"')).toBe("q=");
  expect(nextCursor('<?cursor=p>; rel="prev"')).toBeNull();
  expect(nextCursor(null)).toBeNull();
});

test("asks once, without a size, for what has no pages", async () => {
  const { asked, fetch } = pages("a\r\n1\r\n");
  const csv = await fetchCsv("/reports/acknowledgement", new URLSearchParams({ by: "hour" }), null, fetch);
  expect(csv).toEqual({ text: "a\r\n1\r\n", complete: true });
  expect(asked).toEqual(["/api/reports/acknowledgement?by=hour"]);
});
