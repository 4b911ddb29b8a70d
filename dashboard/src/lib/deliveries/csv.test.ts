import { expect, test } from "vitest";
import { Problem } from "../api/problem.ts";
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
  const csv = await fetchCsv(new URLSearchParams({ channel: "sms" }), fetch);
  expect(csv).toEqual({ text: "a,b\r\n1,2\r\n3,4\r\n", complete: true });
  expect(asked).toEqual([
    "/api/deliveries?channel=sms&limit=100",
    "/api/deliveries?channel=sms&limit=100&cursor=c1",
  ]);
});

test("fails as a whole when a page does", async () => {
  const fetch = () => Promise.resolve(Response.json({ detail: "No." }, { status: 503 }));
  await expect(fetchCsv(new URLSearchParams(), fetch)).rejects.toBeInstanceOf(Problem);
});

test("reads the next page's cursor from a Link header", () => {
  expect(nextCursor('</x?cursor=p>; rel="prev", </x?a=1&cursor=q%3D>; rel="next"')).toBe("q=");
  expect(nextCursor('<?cursor=p>; rel="prev"')).toBeNull();
  expect(nextCursor(null)).toBeNull();
});
