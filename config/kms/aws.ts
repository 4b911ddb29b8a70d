import { AwsClient } from "aws4fetch";
import { z } from "zod";
import { addressOf, answerOf, type KeyProvider, KeyProviderError, PATIENCE } from "./provider.ts";

const Answer = z.object({ Plaintext: z.base64() });

/**
 * AWS KMS: a master key is the CiphertextBlob of GenerateDataKeyWithoutPlaintext, bound to its id by the encryption context
 * `tocsin=<id>`. https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
 * @throws KeyProviderError for settings that are missing
 */
export function awsKms(env: NodeJS.ProcessEnv): KeyProvider {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!region || !accessKeyId || !secretAccessKey)
    throw new KeyProviderError("AWS KMS needs AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const session = env["AWS_SESSION_TOKEN"] ? { sessionToken: env["AWS_SESSION_TOKEN"] } : {};
  const client = new AwsClient({
    region,
    accessKeyId,
    secretAccessKey,
    ...session,
    service: "kms",
    retries: 2,
  });
  const url = addressOf(
    env["AWS_ENDPOINT_URL_KMS"] || `https://kms.${region}.amazonaws.com/`,
    "AWS_ENDPOINT_URL_KMS",
  );
  return {
    name: "AWS KMS",
    unwrap: async (wrapped, id) => {
      const call = client.fetch(url.href, {
        method: "POST",
        headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Decrypt" },
        body: JSON.stringify({ CiphertextBlob: wrapped, EncryptionContext: { tocsin: id } }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      const { Plaintext } = Answer.parse(await answerOf(call, "AWS KMS"));
      return Buffer.from(Plaintext, "base64");
    },
  };
}
