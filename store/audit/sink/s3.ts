import { AwsClient } from "aws4fetch";
import { createHash } from "node:crypto";
import type { S3Key } from "../../../config/audit-sink.ts";
import type { Batch } from "./batch.ts";

/** How long a request may take; ms. */
const PATIENCE = 10_000;
const DAY = 86_400_000;

/**
 * Puts each batch into a bucket as an object of its own, locked for so many days: until then nobody can change or delete it, the
 * account's owner included (compliance mode). The bucket has to have object lock on. A batch that is put again gets the same name.
 */
export function s3Sink({
  folder,
  region,
  key,
  days,
}: {
  folder: URL;
  region: string;
  key: S3Key;
  days: number;
}) {
  const client = new AwsClient({ ...key, region, service: "s3", retries: 0 });
  return async ({ name, entries }: Batch): Promise<void> => {
    const body = entries.map(({ line }) => `${line}\n`).join("");
    const hash = (algorithm: string) => createHash(algorithm).update(body);
    const response = await client.fetch(new URL(`${name}.jsonl`, folder).href, {
      method: "PUT",
      body,
      headers: {
        "Content-Type": "application/x-ndjson",
        // S3 asks for it where a lock is set.
        "Content-MD5": hash("md5").digest("base64"),
        "X-Amz-Content-Sha256": hash("sha256").digest("hex"),
        "X-Amz-Object-Lock-Mode": "COMPLIANCE",
        "X-Amz-Object-Lock-Retain-Until-Date": new Date(Date.now() + days * DAY).toISOString(),
      },
      signal: AbortSignal.timeout(PATIENCE),
    });
    await response.body?.cancel();
    if (!response.ok)
      throw Object.assign(new Error("the bucket refused a batch"), { code: `S3_${response.status}` });
  };
}
