import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** ASN.1 tags (X.690) of a certificate's parts. */
const TAG = { integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, time: 23, sequence: 48, set: 49 } as const;
const OID = {
  ecdsaWithSha256: "06082a8648ce3d040302",
  commonName: "0603550403",
  subjectAltName: "0603551d11",
  basicConstraints: "0603551d13",
} as const;

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const oid = (name: keyof typeof OID): Buffer => Buffer.from(OID[name], "hex");

function time(at: Date): Buffer {
  return der(TAG.time, Buffer.from(`${at.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
}

function pem(label: string, body: Buffer): string {
  return `-----BEGIN ${label}-----\n${(body.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;
}

/** A fresh key and a certificate that it signed itself (RFC 5280), for `localhost` and 127.0.0.1, valid for two days. */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const day = 24 * 60 * 60 * 1000;
  const algorithm = der(TAG.sequence, oid("ecdsaWithSha256"));
  const commonName = der(TAG.sequence, oid("commonName"), der(TAG.utf8, Buffer.from("localhost")));
  const name = der(TAG.sequence, der(TAG.set, commonName));
  const names = der(
    TAG.sequence,
    der(0x82, Buffer.from("localhost")),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const authority = der(TAG.sequence, Buffer.from([1, 1, 255]));
  const extensions = der(
    TAG.sequence,
    der(TAG.sequence, oid("subjectAltName"), der(TAG.octets, names)),
    der(TAG.sequence, oid("basicConstraints"), Buffer.from([1, 1, 255]), der(TAG.octets, authority)),
  );
  const content = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, Buffer.from([1]), randomBytes(8)),
    algorithm,
    name,
    der(TAG.sequence, time(new Date(Date.now() - day)), time(new Date(Date.now() + day))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = der(TAG.bits, Buffer.from([0]), sign("sha256", content, privateKey));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem("CERTIFICATE", der(TAG.sequence, content, algorithm, signature)),
  };
}
