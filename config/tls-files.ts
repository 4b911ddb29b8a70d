import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { TlsMaterial } from "./tls.ts";

/** The variables that name the files of one connection, or of this node. */
export interface TlsVariables {
  ca?: string;
  cert: string;
  key: string;
}

/**
 * Reads the PEM files that the variables name, and tries them; adds what is wrong with them to `faults`. A variable that is not set
 * adds nothing.
 */
export function readTlsFiles(env: NodeJS.ProcessEnv, variables: TlsVariables, faults: string[]): TlsMaterial {
  const before = faults.length;
  const material: TlsMaterial = {};
  for (const part of ["ca", "cert", "key"] as const) {
    const variable = variables[part];
    const file = variable === undefined ? undefined : env[variable];
    if (variable === undefined || !file) continue;
    try {
      material[part] = readFileSync(file, "utf8");
    } catch {
      faults.push(`${variable}: the file can't be read`);
    }
  }
  const { cert, key } = variables;
  if (!env[cert] !== !env[key]) faults.push(`${cert}, ${key}: a certificate and its key go together`);
  if (faults.length === before) tryMaterial(material, variables, faults);
  return material;
}

function tryMaterial(
  { ca: authorities, ...own }: TlsMaterial,
  { ca, cert, key }: TlsVariables,
  faults: string[],
): void {
  const fault = own.cert === undefined && own.key === undefined ? null : faultOf(own);
  if (fault !== null) faults.push(`${cert}, ${key}: ${fault}`);
  if (authorities !== undefined && (certificatesIn(authorities) === null || !isTaken({ ca: authorities })))
    faults.push(`${ca}: must hold certificates in PEM`);
}

/**
 * What is wrong with a certificate and its key; null where they can be used. OpenSSL takes an empty file, and one that was cut off,
 * for one that holds less.
 */
export function faultOf(material: SecureContextOptions & TlsMaterial): string | null {
  const [own] = certificatesIn(material.cert ?? "") ?? [];
  const key = privateKeyIn(material.key ?? "");
  if (own === undefined || key === null)
    return "must hold a certificate and an unencrypted key, both in PEM and whole";
  if (!own.checkPrivateKey(key)) return "the key does not belong to the certificate";
  return isTaken(material) ? null : "can't be used by OpenSSL";
}

const BOUNDARY = /-----(?:BEGIN|END) /g;
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;
const CERTIFICATE = /^-----BEGIN (?:TRUSTED )?CERTIFICATE-----/;

/** The certificates of a PEM file; null where there are none, or a block of it is cut off or altered. */
function certificatesIn(pem: string): X509Certificate[] | null {
  const blocks = pem.match(BLOCK) ?? [];
  const certificates = blocks.filter((block) => CERTIFICATE.test(block));
  if (certificates.length === 0 || pem.match(BOUNDARY)?.length !== 2 * blocks.length) return null;
  try {
    return certificates.map((block) => new X509Certificate(block));
  } catch {
    return null;
  }
}

function privateKeyIn(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}

function isTaken(material: SecureContextOptions): boolean {
  try {
    createSecureContext(material);
    return true;
  } catch {
    return false;
  }
}
