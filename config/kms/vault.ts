import { z } from "zod";
import { readSetting } from "../setting.ts";
import { addressOf, answerOf, type KeyProvider, KeyProviderError, PATIENCE } from "./provider.ts";

const Answer = z.object({ data: z.object({ plaintext: z.base64() }) });

/**
 * The transit engine of Vault or OpenBao: a master key is the ciphertext of `transit/datakey/wrapped/<key>`.
 * https://developer.hashicorp.com/vault/api-docs/secret/transit#decrypt-data
 * @throws KeyProviderError for settings that are missing
 */
export function vaultTransit(env: NodeJS.ProcessEnv): KeyProvider {
  const token = readSetting(env, "VAULT_TOKEN")?.text?.trim();
  const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace, TOCSIN_KMS_KEY: key } = env;
  if (!address || !token || !key)
    throw new KeyProviderError(
      "Vault needs VAULT_ADDR, VAULT_TOKEN (or _FILE), and TOCSIN_KMS_KEY, the key's name in transit",
    );
  const mount = env["TOCSIN_KMS_MOUNT"] || "transit";
  const base = addressOf(address, "VAULT_ADDR").href.replace(/\/$/, "");
  const url = `${base}/v1/${mount}/decrypt/${encodeURIComponent(key)}`;
  return {
    name: "Vault",
    unwrap: async (wrapped) => {
      const call = fetch(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-Vault-Token": token,
          "X-Vault-Request": "true",
          ...(namespace ? { "X-Vault-Namespace": namespace } : {}),
        },
        body: JSON.stringify({ ciphertext: wrapped }),
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      return Buffer.from(Answer.parse(await answerOf(call, "Vault")).data.plaintext, "base64");
    },
  };
}
