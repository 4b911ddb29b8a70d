import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1_000;

/** A certificate and its key, as PEM and as files. */
export interface Identity {
  cert: string;
  key: string;
  certFile: string;
  keyFile: string;
}

/** A certificate authority of one test, with the folder in which its files lie. */
export interface Authority {
  folder: string;
  cert: string;
  certFile: string;
  /** A certificate for these names or addresses, valid for a day. @param file the files' name without extension */
  issue(file: string, names: string[]): Promise<Identity>;
  remove(): void;
}

/** Makes an authority of its own. @param name common name, so that two can be told apart */
export async function createAuthority(name = "Test CA"): Promise<Authority> {
  const folder = mkdtempSync(join(tmpdir(), "tocsin-ca-"));
  const keys = await newKeys();
  const subject = `CN=${name}`;
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: subject,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const cert = own.toString("pem");
  const certFile = join(folder, "ca.crt");
  writeFileSync(certFile, cert);
  return {
    folder,
    cert,
    certFile,
    issue: async (file, names) => {
      const of = await newKeys();
      const issued = await x509.X509CertificateGenerator.create({
        ...validity(),
        subject: `CN=${names[0]}`,
        issuer: subject,
        publicKey: of.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value })),
          ),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const identity = {
        cert: issued.toString("pem"),
        key: x509.PemConverter.encode(
          await webcrypto.subtle.exportKey("pkcs8", of.privateKey),
          "PRIVATE KEY",
        ),
        certFile: join(folder, `${file}.crt`),
        keyFile: join(folder, `${file}.key`),
      };
      writeFileSync(identity.certFile, identity.cert);
      writeFileSync(identity.keyFile, identity.key, { mode: 0o600 });
      return identity;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The serial number of a certificate, by which a test tells which one a server shows. */
export const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber;

const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

const validity = () => ({ notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) });
