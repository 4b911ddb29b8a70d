import { explainTls } from "../../config/tls.ts";
import { DatabaseSetupError } from "./runtime-login.ts";

/** The remedy for each error of PostgreSQL that waiting does not mend, by SQLSTATE. */
const REMEDIES: Readonly<Record<string, string>> = {
  "28P01": "Correct the password.",
  "28000": "Correct the login, make it, or let it in (pg_hba.conf).",
  "3D000": "Create the database, or correct its name.",
  "42501": "Give that login the right, or put the URL of the tables' owner into DATABASE_MIGRATION_URL.",
};

const TLS = {
  service: "PostgreSQL",
  ca: "PGSSLROOTCERT (or sslrootcert in the URL)",
  client: "PGSSLCERT and PGSSLKEY (or sslcert and sslkey in the URL)",
  otherName: "Name the server in DATABASE_URL as its certificate does.",
  asked: "sslmode in DATABASE_URL (or PGSSLMODE)",
};

/** An error of connecting or migrating that waiting does not mend, in words for the operator; null for others. */
export function refusalOf(error: unknown, host: string): DatabaseSetupError | null {
  if (!(error instanceof Error)) return null;
  const tls = explainTls(error, { ...TLS, host });
  if (tls !== null) return new DatabaseSetupError(tls, { cause: error });
  if (/no encryption|SSL off/.test(error.message))
    return refusal(host, error, "It takes connections over TLS alone: say sslmode=verify-full.");
  const remedy = "code" in error ? REMEDIES[String(error.code)] : undefined;
  if (remedy !== undefined) return refusal(host, error, remedy);
  // The driver's own error, where the server asks for a password and the URL holds none.
  return error.message.startsWith("SASL") ? refusal(host, error, "Give the login's password.") : null;
}

function refusal(host: string, cause: Error, remedy: string): DatabaseSetupError {
  const where = "The URLs are in DATABASE_URL and DATABASE_MIGRATION_URL.";
  return new DatabaseSetupError(`PostgreSQL at ${host} refuses: ${cause.message}. ${remedy} ${where}`, {
    cause,
  });
}
