import { readTlsFiles } from "./tls-files.ts";

/** libpq's variables for TLS, and the parameters of a URL that say the same. */
const PARAMETERS = [
  ["PGSSLMODE", "sslmode"],
  ["PGSSLROOTCERT", "sslrootcert"],
  ["PGSSLCERT", "sslcert"],
  ["PGSSLKEY", "sslkey"],
] as const;

/**
 * A PostgreSQL URL with what libpq's variables say of TLS, so that every connection, and every program that it is given to, does the
 * same. What the URL says itself comes first. Adds to `faults` what is wrong with the files.
 * @param variable the setting that the URL came from
 */
export function withTls(url: string, variable: string, env: NodeJS.ProcessEnv, faults: string[]): string {
  const full = URL.parse(url);
  if (full === null) return url;
  const { searchParams } = full;
  for (const [name, parameter] of PARAMETERS) {
    const value = env[name];
    if (value && !searchParams.has(parameter)) searchParams.set(parameter, value);
  }
  if (!PARAMETERS.some(([, parameter]) => searchParams.has(parameter))) return url;
  if (searchParams.get("sslmode") === "disable") return full.href;
  const own: string[] = [];
  const files = { ca: "sslrootcert", cert: "sslcert", key: "sslkey" };
  readTlsFiles(Object.fromEntries(searchParams), files, own);
  faults.push(
    ...own.map((fault) => `${variable}: ${fault} (PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, or the URL)`),
  );
  return full.href;
}
