import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";

/** A browser that subscribed: it alone opens what is sent to it. */
export interface TestDevice {
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } };
  /** Opens a message as RFC 8291 and RFC 8188 say; throws for what was not sealed for it. */
  open(body: Buffer): unknown;
}

/** @param endpoint where its push service takes messages for it */
export function aDevice(endpoint: string): TestDevice {
  const own = createECDH("prime256v1");
  const publicKey = own.generateKeys();
  const auth = randomBytes(16);
  return {
    subscription: {
      endpoint,
      keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
    },
    open(body) {
      // RFC 8188, 2.1: salt (16), record size (4), length of the key's id (1), which is the sender's public key (RFC 8291, 4).
      const salt = body.subarray(0, 16);
      const length = body.readUInt8(20);
      const theirs = body.subarray(21, 21 + length);
      const record = body.subarray(21 + length);
      if (record.length > body.readUInt32BE(16)) throw new Error("more than one record");
      // RFC 8291, 3.3 and 3.4.
      const info = Buffer.concat([Buffer.from("WebPush: info\0"), publicKey, theirs]);
      const input = Buffer.from(hkdfSync("sha256", own.computeSecret(theirs), auth, info, 32));
      const key = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: aes128gcm\0", 16));
      const nonce = Buffer.from(hkdfSync("sha256", input, salt, "Content-Encoding: nonce\0", 12));
      const cipher = createDecipheriv("aes-128-gcm", key, nonce);
      cipher.setAuthTag(record.subarray(-16));
      const plain = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
      // The last record ends in 2 and zeros.
      const end = plain.lastIndexOf(2);
      if (end < 0 || plain.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("no last record");
      return JSON.parse(plain.subarray(0, end).toString());
    },
  };
}
