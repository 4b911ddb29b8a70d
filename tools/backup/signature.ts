import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { z } from "zod";
import { publicKeyFrom, rawPublicKey } from "../../store/audit/checkpoint.ts";

/** Who vouches for a manifest: an Ed25519 signature and the signer's raw public key, both in base64. */
const Signature = z.strictObject({ public_key: z.string(), signature: z.string() });

/** Parts of the audit record are hashed behind 0x00 to 0x02, so that no signature on one passes for one on a backup. */
const PREFIX = Buffer.from([0x03]);

const hashOf = (manifest: string): Buffer => createHash("sha256").update(PREFIX).update(manifest).digest();

/** The text of the file that vouches for a manifest with the audit key. */
export function signManifest(manifest: string, key: KeyObject): string {
  const signed = {
    public_key: rawPublicKey(key).toString("base64"),
    signature: sign(null, hashOf(manifest), key).toString("base64"),
  };
  return `${JSON.stringify(signed)}\n`;
}

/** What is wrong with a manifest's signature; null where one of the trusted keys made it for this very manifest. */
export function faultOfSignature(
  manifest: string,
  signed: string,
  trusted: readonly Buffer[],
): string | null {
  const { public_key, signature } = Signature.parse(JSON.parse(signed));
  const key = trusted.find((one) => one.toString("base64") === public_key);
  if (key === undefined)
    return `it was signed by ${public_key}, a key that is not trusted here: if it is your audit key's, name it in TOCSIN_AUDIT_TRUSTED_KEYS`;
  return verify(null, hashOf(manifest), publicKeyFrom(key), Buffer.from(signature, "base64"))
    ? null
    : "it is not what was signed: somebody has altered it";
}
