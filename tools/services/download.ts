import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** How long a server may take to begin its answer, and for all of it; ms. */
const HEADERS_TIMEOUT = 10_000;
const TIMEOUT = 300_000;

/**
 * Downloads a release's archive to a path.
 * @param sum its SHA-256, hexadecimal
 * @param begun hears that it comes
 * @throws Error where it is not the release's own: nobody is to unpack it then
 */
export async function download(url: string, path: string, sum: string, begun: () => void): Promise<void> {
  const body = new AbortController();
  const headers = setTimeout(() => body.abort(new Error("no answer within 10 s")), HEADERS_TIMEOUT);
  const whole = setTimeout(() => body.abort(new Error("not finished within 5 minutes")), TIMEOUT);
  try {
    const response = await fetch(url, { signal: body.signal }).catch((error: unknown) => {
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    clearTimeout(headers);
    begun();
    await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  } finally {
    clearTimeout(headers);
    clearTimeout(whole);
  }
  const found = createHash("sha256");
  await pipeline(createReadStream(path), found);
  if (found.digest("hex") !== sum) throw new Error("the download is not the release: its checksum differs");
}
