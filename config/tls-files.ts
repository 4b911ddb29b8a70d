import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
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

function tryMaterial(material: TlsMaterial, { ca, cert, key }: TlsVariables, faults: string[]): void {
  const { ca: authorities, ...own } = material;
  const fault = faultOf(own);
  if (fault !== null) faults.push(`${cert}, ${key}: ${fault}`);
  if (authorities !== undefined && (!PEM.test(authorities) || faultOf({ ca: authorities }) !== null))
    faults.push(`${ca}: must hold certificates in PEM`);
}

const PEM = /-----BEGIN (TRUSTED )?CERTIFICATE-----/;

/** What is wrong with a certificate and its key; null where they can be used. */
export function faultOf(material: TlsMaterial): string | null {
  try {
    createSecureContext(material);
    return null;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH"
      ? "the key does not belong to the certificate"
      : "must hold a certificate and an unencrypted key, both in PEM";
  }
}
