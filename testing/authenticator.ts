import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";

const sha256 = (data: string | Buffer): Buffer => createHash("sha256").update(data).digest();
/** CBOR (RFC 8949) of a short or long byte string. */
const bytes = (data: Buffer): Buffer => {
  const head = data.length < 256 ? [0x58, data.length] : [0x59, data.length >> 8, data.length & 0xff];
  return Buffer.concat([Buffer.from(head), data]);
};
const text = (word: string): Buffer => Buffer.from([0x60 + word.length, ...Buffer.from(word)]);

/** Bits of the authenticator's data (WebAuthn, 6.1). */
const FLAGS = { present: 0x01, verified: 0x04, attested: 0x40 };

/** How an answer differs from a right one. */
interface Lie {
  origin?: string;
  verified?: boolean;
  counter?: number;
}

/** An authenticator of a test's own: one passkey (ES256) for the site at `origin`. */
export function createAuthenticator(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const id = randomBytes(16);
  let count = 0;

  const dataOf = ({ verified = true, counter }: Lie, attested: Buffer = Buffer.alloc(0)): Buffer => {
    const flags =
      FLAGS.present | (verified ? FLAGS.verified : 0) | (attested.length > 0 ? FLAGS.attested : 0);
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter ?? ++count);
    return Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([flags]), number, attested]);
  };
  const said = (type: string, challenge: string, lie: Lie): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: lie.origin ?? origin, crossOrigin: false }));
  const named = { id: id.toString("base64url"), rawId: id.toString("base64url"), type: "public-key" };

  return {
    /** Answers what the site asked of a new passkey. */
    make({ challenge }: { challenge: string }, lie: Lie = {}) {
      const { x = "", y = "" } = publicKey.export({ format: "jwk" });
      const key = Buffer.concat([
        Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
        bytes(Buffer.from(x, "base64url")),
        Buffer.from([0x22]),
        bytes(Buffer.from(y, "base64url")),
      ]);
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key]);
      const object = Buffer.concat([
        ...[Buffer.from([0xa3]), text("fmt"), text("none"), text("attStmt"), Buffer.from([0xa0])],
        ...[text("authData"), bytes(dataOf(lie, attested))],
      ]);
      const response = {
        clientDataJSON: said("webauthn.create", challenge, lie).toString("base64url"),
        attestationObject: object.toString("base64url"),
        transports: ["internal", "telepathy"],
      };
      return { ...named, response };
    },

    /** Answers what the site asked of a sign-in. */
    use({ challenge }: { challenge: string }, lie: Lie = {}) {
      const clientData = said("webauthn.get", challenge, lie);
      const authenticatorData = dataOf(lie);
      const signature = createSign("sha256")
        .update(authenticatorData)
        .update(sha256(clientData))
        .sign(privateKey);
      const response = {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authenticatorData.toString("base64url"),
        signature: signature.toString("base64url"),
      };
      return { ...named, response };
    },
  };
}
