import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Clock ticks a second in /proc, on every Linux. */
const TICKS = 100;

/** Where `/proc/PID/stat` has what is read here, behind the name in parentheses. */
const PARENT = 1;
const USED = [11, 12];
const USED_BY_ENDED_CHILDREN = [13, 14];

/**
 * ms of CPU that the server of this machine which listens on a TCP port has used, with the processes that it started; null where it can't
 * be found: it runs elsewhere, or /proc doesn't show it. Read it again for the difference.
 */
export function cpuOfServer(port: number): (() => number) | null {
  const server = listener(port);
  return server === null ? null : () => cpuOf(server);
}

function cpuOf(server: string): number {
  const stats = new Map(processes().flatMap((pid) => stat(pid)));
  const own = stats.get(server) ?? [];
  const children = [...stats.values()].filter((fields) => fields[PARENT] === server);
  const ticks = (fields: string[], places: number[]): number =>
    places.reduce((sum, place) => sum + Number(fields[place] ?? 0), 0);
  const all = children.reduce((sum, fields) => sum + ticks(fields, USED), 0);
  return ((all + ticks(own, [...USED, ...USED_BY_ENDED_CHILDREN])) * 1_000) / TICKS;
}

const processes = (): string[] => readdirSync("/proc").filter((name) => /^\d+$/.test(name));

/** A process and its fields; nothing where it has ended meanwhile. */
function stat(pid: string): [string, string[]][] {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return text === null ? [] : [[pid, text.slice(text.lastIndexOf(")") + 2).split(" ")]];
}

/** The state "listening" in /proc/net/tcp. */
const LISTENING = "0A";

function listener(port: number): string | null {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = ["tcp", "tcp6"]
    .flatMap((table) => (attempt(() => readFileSync(`/proc/net/${table}`, "utf8")) ?? "").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) === true && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`);
  const holds = (pid: string): boolean =>
    (attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []).some((fd) =>
      sockets.includes(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""),
    );
  const holders = new Set(processes().filter(holds));
  // A server's children hold its socket too.
  const first = [...holders].find((pid) => !holders.has(stat(pid)[0]?.[1][PARENT] ?? ""));
  return first ?? null;
}

/** What a read answers; null where it can't be had. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
