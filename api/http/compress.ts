import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Context } from "koa";

/** What is shorter gains nothing, and its packet goes out all the same; bytes. */
const LEAST = 2_048;

/** Fast rather than small: an answer is made for one reader, once. */
const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
};

const ENCODERS = {
  br: (text: Buffer): Promise<Buffer> => promisify(brotliCompress)(text, BROTLI),
  gzip: (text: Buffer): Promise<Buffer> => promisify(gzip)(text),
};

/** The smallest encoding that a caller takes; undefined for none. */
export const encodingFor = (ctx: Context): keyof typeof ENCODERS | undefined =>
  (["br", "gzip"] as const).find((one) => ctx.acceptsEncodings(one) === one);

/**
 * Compresses an answer of JSON, where its route says that it may be and the caller takes it. Length tells of content that is compressed together
 * (BREACH): a route that answers a secret, or what was typed in the same call, never says so.
 */
export async function compress(ctx: Context): Promise<void> {
  ctx.vary("Accept-Encoding");
  if (ctx.body === null || ctx.response.is("json") !== "json" || ctx.method === "HEAD") return;
  const text = Buffer.from(JSON.stringify(ctx.body));
  const encoding = encodingFor(ctx);
  if (text.length < LEAST || encoding === undefined) return;
  const compressed = await ENCODERS[encoding](text);
  ctx.body = compressed;
  ctx.type = "application/json; charset=utf-8";
  ctx.set("Content-Encoding", encoding);
}
