import { execFile } from "node:child_process";
import { isAbsolute } from "node:path";
import { type KeyProvider, KeyProviderError, PATIENCE } from "./provider.ts";

/**
 * A program of the site's that opens keys, by PKCS #11 or otherwise: it gets a key's id as its argument and the wrapped text on its
 * standard input, and writes the key in base64. It runs without a shell.
 * @throws KeyProviderError for settings that are missing
 */
export function commandProvider(env: NodeJS.ProcessEnv): KeyProvider {
  const program = env["TOCSIN_KMS_COMMAND"];
  if (!program || !isAbsolute(program))
    throw new KeyProviderError("TOCSIN_KMS_COMMAND: must be the whole path of a program");
  const own = Object.entries(env).filter(
    ([name]) => !/^(TOCSIN_|DATABASE_|REDIS_|TEMPORAL_|OIDC_|CHANNEL_)/.test(name),
  );
  return {
    name: program,
    unwrap: (wrapped, id) =>
      new Promise((resolve, reject) => {
        const options = { timeout: PATIENCE, maxBuffer: 4_096, env: Object.fromEntries(own) };
        const child = execFile(program, [id], options, (error, stdout) => {
          if (error !== null) {
            const how = error.killed === true ? "took too long" : `failed (${error.code ?? error.signal})`;
            return reject(new KeyProviderError(`${program} ${how}`));
          }
          resolve(Buffer.from(stdout.trim(), "base64"));
        });
        // It may end without reading.
        child.stdin?.on("error", () => undefined);
        child.stdin?.end(wrapped);
      }),
  };
}
