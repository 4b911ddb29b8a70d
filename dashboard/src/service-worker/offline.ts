/** What the offline page is made of: files that are the same for everybody. */
export const shell = ["/offline.html", "/offline.js", "/tokens.css", "/skeleton.css", "/favicon.svg"];

/** Where the time stands since when the server can't be reached. */
const SINCE = "/offline-since";

/** Fetches the offline page anew, past what the browser still has of an older version. */
export async function keep(store: string): Promise<void> {
  const cache = await caches.open(store);
  await cache.addAll(shell.map((path) => new Request(path, { cache: "reload" })));
}

/** Deletes what other versions kept. */
export async function forgetOthers(store: string): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== store).map((name) => caches.delete(name)));
}

/** A page from the server; where that can't be reached, the page that says so and since when. */
export async function offlinePage(request: Request, store: string): Promise<Response> {
  const cache = await caches.open(store);
  try {
    const response = await fetch(request);
    await cache.delete(SINCE);
    return response;
  } catch {
    const known = await cache.match(SINCE);
    const since = (await known?.text()) ?? new Date().toISOString();
    if (known === undefined) await cache.put(SINCE, new Response(since));
    const page = await cache.match("/offline.html");
    if (page === undefined) return Response.error();
    const text = await page.text();
    return new Response(text.replaceAll('datetime=""', `datetime="${since}"`), {
      status: 503,
      headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY },
    });
  }
}

/** No script and style but the shell's own. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
