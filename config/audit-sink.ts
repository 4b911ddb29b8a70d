import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the audit record goes as it is made, off this machine. */
export type AuditSink = { url: string } & (
  | { kind: "file"; path: string }
  | { kind: "syslog"; host: string; port: number; ca: string | null }
  | { kind: "s3"; folder: URL; region: string; key: S3Key; days: number }
);

export interface S3Key {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const VARIABLE = "TOCSIN_AUDIT_SINK";
const FORMS = "must be file:///path, syslog+tls://host:port or s3://bucket/prefix";
/** Documentation is kept for six years (45 CFR 164.316(b)(2)(i)). */
const SIX_YEARS = 2_192;

/** Reads TOCSIN_AUDIT_SINK and what belongs to it; null where none is set, or where something is wrong, which is added to `faults`. */
export function parseAuditSink(env: NodeJS.ProcessEnv, faults: string[]): AuditSink | null {
  const text = env["TOCSIN_AUDIT_SINK"];
  if (text === undefined || text === "") return null;
  const url = URL.parse(text);
  const refuse = (why: string): null => {
    faults.push(`${VARIABLE}: ${why}`);
    return null;
  };
  if (url === null) return refuse(FORMS);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    return refuse("holds a login or a query; it is a place alone");
  switch (url.protocol) {
    case "file:":
      return readFile(url, refuse);
    case "syslog+tls:":
      return readSyslog(url, env, refuse);
    case "s3:":
      return readS3(url, env, refuse);
    default:
      return refuse(FORMS);
  }
}

type Refuse = (why: string) => null;

function readFile(url: URL, refuse: Refuse): AuditSink | null {
  try {
    const path = fileURLToPath(url);
    if (isAbsolute(path) && !path.endsWith("/")) return { kind: "file", url: url.href, path };
  } catch {
    // A host, or escapes that no path has: the same answer.
  }
  return refuse("must name a file by its whole path, as in file:///mnt/elsewhere/audit.jsonl");
}

function readSyslog(url: URL, env: NodeJS.ProcessEnv, refuse: Refuse): AuditSink | null {
  const port = Number(url.port || 6514);
  if (url.hostname === "" || (url.pathname !== "" && url.pathname !== "/"))
    return refuse("must be syslog+tls://host:port");
  const file = env["TOCSIN_AUDIT_SINK_CA"];
  try {
    const ca = file === undefined || file === "" ? null : readFileSync(file, "utf8");
    return { kind: "syslog", url: url.href, host: url.hostname.replaceAll(/[[\]]/g, ""), port, ca };
  } catch {
    return refuse("TOCSIN_AUDIT_SINK_CA names a file that can't be read");
  }
}

function readS3(url: URL, env: NodeJS.ProcessEnv, refuse: Refuse): AuditSink | null {
  const accessKeyId = env["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
  const region = env["AWS_REGION"];
  const sessionToken = env["AWS_SESSION_TOKEN"];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) return refuse("must be s3://bucket/prefix");
  if (!accessKeyId || !secretAccessKey || !region)
    return refuse("for s3:, set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const days = Number(env["TOCSIN_AUDIT_SINK_DAYS"] || SIX_YEARS);
  if (!Number.isInteger(days) || days < 1 || days > 36_500)
    return refuse("TOCSIN_AUDIT_SINK_DAYS must be a whole number of days, 1 to 36500");
  const endpoint = URL.parse(
    env["AWS_ENDPOINT_URL_S3"] || `https://${url.hostname}.s3.${region}.amazonaws.com`,
  );
  if (endpoint === null || !isSafe(endpoint))
    return refuse("AWS_ENDPOINT_URL_S3 must be an https: address, but on this machine");
  const bucket = env["AWS_ENDPOINT_URL_S3"] ? `${url.hostname}/` : "";
  const prefix = url.pathname.replaceAll(/^\/+|\/+$/g, "");
  const folder = new URL(
    `${bucket}${prefix === "" ? "" : `${prefix}/`}`,
    `${endpoint.href.replace(/\/$/, "")}/`,
  );
  const key = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  return { kind: "s3", url: url.href, folder, region, key, days };
}

const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
