import type { Context } from "koa";
import type { Readable, Transform } from "node:stream";
import { createGunzip, createInflate } from "node:zlib";
import getRawBody from "raw-body";
import type { z } from "zod";
import {
  type Fault,
  invalid,
  MOST_FAULTS,
  notCalendar,
  notJson,
  Problem,
  tooLarge,
  undecodable,
} from "../http/errors.ts";
import { decodeJson } from "../http/json.ts";
import { unknownFields, unknownInForms } from "../http/unknown.ts";

/** Bytes that a body may hold, decompressed; each send of a bulk may hold as many. */
export const MAX_BODY = 65_536;
/** Bytes that the body of a caller may hold whom nobody knows yet: enough for a passkey's answer, the longest that they have to say. */
export const MAX_UNNAMED = 16_384;
/** How many values and keys a body may hold, by its bound in bytes; a send with a hundred identifiers stays far below. */
export const mostValues = (limit: number): number => limit / 32;

/**
 * Reads and decodes a JSON body of up to `limit` bytes. `optional`: no body at all counts as `{}`.
 * @throws Problem, in this order: 413 too large, 415 not JSON, 400 can't be decoded
 */
export async function readJson(
  ctx: Context,
  { optional, limit }: { optional: boolean; limit: number },
): Promise<unknown> {
  const body = await readBody(ctx, limit);
  if (optional && body.length === 0) return {};
  requireJson(ctx);
  return decodeJson(body, mostValues(limit));
}

/**
 * Reads a text that is the body.
 * @throws Problem, in this order: 413 too large, 415 another media type, 400 not in UTF-8
 */
export async function readUpload(ctx: Context, type: string, limit?: number): Promise<string> {
  const body = await readBody(ctx, limit ?? MAX_BODY);
  if (ctx.request.is(type) !== type || !isUtf8(ctx)) throw notCalendar();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw undecodable("The body is not in UTF-8.");
  }
}

/** Checks `value` against `schema`. @throws Problem 422 that names the faults, the first ones of many */
export function validate<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults: Fault[] = [];
  for (const issue of parsed.error.issues) {
    const left = MOST_FAULTS - faults.length;
    if (left === 0) break;
    const unknown = unknownIn(schema, issue, left);
    if (unknown.length > 0) faults.push(...unknown);
    else faults.push({ path: `/${issue.path.map(String).join("/")}`, message: issue.message });
  }
  throw invalid(faults);
}

/** A fault for each field that the value of an issue does not have, `most` at most; none where the issue is another one. */
function unknownIn(schema: z.ZodType, issue: z.core.$ZodIssue, most: number): Fault[] {
  if (issue.code === "unrecognized_keys") return unknownFields(schema, issue.path, issue.keys.slice(0, most));
  return issue.code === "invalid_union" ? unknownInForms(schema, issue, most).slice(0, most) : [];
}

/** @throws Problem 415 */
export function requireJson(ctx: Context): void {
  const type = ctx.request.is("application/json", "+json");
  if (typeof type !== "string" || !isUtf8(ctx)) throw notJson();
}

const isUtf8 = (ctx: Context): boolean => ["", "utf-8", "utf8"].includes(ctx.request.charset.toLowerCase());

/** Those whose window is 32 KiB. Brotli's may be 16 MiB, which its decoder fills before it gives the first byte out: no bound of what comes out holds it. */
const DECODERS = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
};
const isKnown = (encoding: string): encoding is keyof typeof DECODERS => Object.hasOwn(DECODERS, encoding);

/** The bytes of a body, decompressed. @throws Problem 413, 415, 400 */
export async function readBody(ctx: Context, limit: number): Promise<Buffer> {
  const encoding = ctx.get("Content-Encoding").toLowerCase() || "identity";
  const declared = ctx.get("Content-Length");
  if (encoding === "identity" && Number(declared) > limit) throw refuse(ctx, tooLarge(limit));
  if (encoding !== "identity" && !isKnown(encoding)) {
    throw refuse(ctx, new Problem("encoding", "Content-Encoding may be gzip, deflate or identity."));
  }
  return await collect(ctx, isKnown(encoding) ? decompressed(ctx, DECODERS[encoding]()) : ctx.req, limit);
}

/** The body behind a decoder, which ends with an error where the caller breaks off: a pipe alone would wait for the rest for ever. */
function decompressed(ctx: Context, decoder: Transform): Readable {
  ctx.req.once("close", () => {
    if (!ctx.req.complete) decoder.destroy(new Error("the body broke off"));
  });
  return ctx.req.pipe(decoder);
}

/** The bytes of the body as they came, not decompressed: a sender signs these. @throws Problem 413, 400 */
export async function rawBody(ctx: Context, limit = MAX_BODY): Promise<Buffer> {
  if (Number(ctx.get("Content-Length")) > limit) throw refuse(ctx, tooLarge(limit));
  return await collect(ctx, ctx.req, limit);
}

async function collect(ctx: Context, stream: Readable, limit: number): Promise<Buffer> {
  try {
    return await getRawBody(stream, { limit });
  } catch (error) {
    // A decoder keeps its memory until it ends.
    if (stream !== ctx.req) stream.destroy();
    if (isRawBodyError(error) && error.type === "entity.too.large") throw refuse(ctx, tooLarge(limit));
    throw refuse(ctx, undecodable("The body broke off or could not be decompressed."));
  }
}

const isRawBodyError = (error: unknown): error is Error & { type: string } =>
  error instanceof Error && "type" in error;

/** Ends the connection with the answer, so that nobody reads the rest of the body. */
function refuse(ctx: Context, problem: Problem): Problem {
  ctx.set("Connection", "close");
  ctx.req.unpipe();
  ctx.req.resume();
  return problem;
}
