import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { S3Key } from "../config/audit-sink.ts";

/**
 * Signature version 4, as AWS describes it for a request whose signed headers it names.
 * @param payload SHA-256 of the body, in hex
 */
export function signatureOf(
  { method, url, headers }: IncomingMessage,
  payload: string,
  key: Pick<S3Key, "secretAccessKey">,
  { region, service }: { region: string; service: string },
): string {
  const hmac = (secret: string | Buffer, text: string): Buffer =>
    createHmac("sha256", secret).update(text).digest();
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const signed = /SignedHeaders=([^,]+)/.exec(String(headers.authorization))?.[1] ?? "";
  const time = String(headers["x-amz-date"]);
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const canonical = [
    method,
    url,
    "",
    ...signed.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    signed,
    payload,
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const signing = [region, service, "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    hmac(`AWS4${key.secretAccessKey}`, time.slice(0, 8)),
  );
  return hmac(signing, text).toString("hex");
}
