import { readFile } from "node:fs/promises";
import type { SecureContextOptions, Server } from "node:tls";
import type { Logger } from "../../config/log.ts";
import { faultOf } from "../../config/tls-files.ts";
import { every, type Loop } from "../../node/every.ts";

/** The files with a node's certificate, those of authorities between behind it, and its key; PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** How often the files are looked at, in ms: what renews certificates tells nobody. */
const LOOKS_EVERY = 10_000;

/** TLS of a node itself. TLS 1.2 is the oldest that NIST SP 800-52 Rev. 2 (section 3.1) allows. */
export async function readCertificate(files: CertificateFiles) {
  const [cert, key] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
  return { cert, key, minVersion: "TLSv1.2" } as const satisfies SecureContextOptions;
}

/**
 * Has the server show a renewed certificate to whoever connects from then on; connections that stand are kept. Files that can't be used
 * (half written, a key of another certificate) leave the one before in place.
 */
export function followCertificate(server: Server, files: CertificateFiles, log: Logger): Loop {
  let shown: string | null = null;
  let refused: string | null = null;
  return every(
    LOOKS_EVERY,
    async () => {
      const next = await readCertificate(files);
      const text = next.cert + next.key;
      if (text === shown || text === refused) return;
      const fault = faultOf(next);
      if (fault !== null) {
        refused = text;
        log.error({ file: files.cert }, `the renewed certificate is not used: ${fault} (TLS_CERT, TLS_KEY)`);
        return;
      }
      server.setSecureContext(next);
      if (shown !== null) log.info({ file: files.cert }, "the renewed certificate is in use");
      [shown, refused] = [text, null];
    },
    (err) =>
      log.error(
        { err },
        "the certificate's files can't be read (TLS_CERT, TLS_KEY); the one before stays in use",
      ),
    0,
  );
}
