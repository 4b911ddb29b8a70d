import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { S3Key } from "../../../../config/audit-sink.ts";
import { signatureOf } from "../../../../testing/sigv4.ts";

/** A bucket with object lock, as S3 shows it over HTTP: it checks signature (SigV4), digests and lock of what is put. */
export interface Bucket extends AsyncDisposable {
  url: string;
  /** Each version of each object, by path. */
  objects: Map<string, { body: string; until: Date }[]>;
  away: boolean;
}

export async function startBucket(key: S3Key, region: string): Promise<Bucket> {
  const objects: Bucket["objects"] = new Map();
  const server = createServer((request, response) => {
    void answer(request).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(500).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  async function answer(request: IncomingMessage): Promise<number> {
    const body = await buffer(request);
    const header = (name: string): string => String(request.headers[name] ?? "");
    if (bucket.away) return 503;
    if (request.method !== "PUT") return 405;
    if (
      signatureOf(request, header("x-amz-content-sha256"), key, { region, service: "s3" }) !==
      /Signature=([0-9a-f]{64})/.exec(header("authorization"))?.[1]
    )
      return 403;
    if (header("x-amz-content-sha256") !== createHash("sha256").update(body).digest("hex")) return 400;
    if (header("content-md5") !== createHash("md5").update(body).digest("base64")) return 400;
    const until = new Date(header("x-amz-object-lock-retain-until-date"));
    if (header("x-amz-object-lock-mode") !== "COMPLIANCE" || Number.isNaN(until.getTime())) return 400;
    const path = String(request.url);
    objects.set(path, [...(objects.get(path) ?? []), { body: body.toString("utf8"), until }]);
    return 200;
  }

  const bucket: Bucket = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    away: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return bucket;
}
