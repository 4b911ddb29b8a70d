import { createECDH } from "node:crypto";

/** The installation's key pair for push services (RFC 8292), base64url: a point and a number of P-256. */
export interface VapidKeys {
  publicKey: string;
  privateKey: string;
}

/** More than are ever needed. */
const TURNS = 4;

/** Makes the key pair of the installation's own secret, so that every node has the same, and nothing more has to be kept or backed up. */
export function vapidKeys(secret: (name: string) => string): VapidKeys {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const privateKey = secret(`vapid ${turn}`);
    const curve = createECDH("prime256v1");
    try {
      curve.setPrivateKey(privateKey, "base64url");
    } catch {
      // One number in four billion is beyond the curve's order.
      continue;
    }
    return { publicKey: curve.getPublicKey("base64url"), privateKey };
  }
  throw new Error("the program gives no secret of 32 bytes");
}
