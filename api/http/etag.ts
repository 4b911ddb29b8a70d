import { createHash } from "node:crypto";
import { z } from "zod";

/** The header by which a caller says what it has already. */
export const IfNoneMatch = z.object({
  "If-None-Match": z
    .string()
    .max(200)
    .optional()
    .describe("The ETag of the answer before: 304 where nothing has changed since"),
});

/** What an answer holds, in short; weak, since the same may be written in other bytes (RFC 9110, 8.8.1). */
export const etagOf = (content: unknown): string =>
  `W/"${createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 22)}"`;

/** Whether the caller has just that already. */
export const isKnown = (etag: string, ifNoneMatch: string | undefined): boolean =>
  ifNoneMatch?.split(",").some((one) => one.trim() === etag) === true;
