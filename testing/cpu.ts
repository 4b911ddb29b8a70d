import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU in these; s. */
const TICK = 0.01;

/** How much CPU processes took, with all that they started. */
export interface Meter {
  /** s, since the processes began; 0 where there is no /proc. */
  read(): number;
}

/**
 * Whoever starts a process and waits for its end takes its time over. A browser leaves some of its processes to nobody: theirs counts
 * as it was last read, so read it now and then.
 */
export function createMeter(pids: readonly number[]): Meter {
  let [lost, last] = [0, 0];
  return {
    read: () => {
      const now = ticksOfAll(pids);
      lost += Math.max(0, last - now);
      last = now;
      return (lost + now) * TICK;
    },
  };
}

function ticksOfAll(pids: readonly number[]): number {
  const tree = new Set(pids.map(String));
  let ticks = 0;
  for (const pid of tree) {
    ticks += ticksOf(pid);
    for (const thread of entries(`/proc/${pid}/task`))
      for (const child of text(`/proc/${pid}/task/${thread}/children`).split(" "))
        if (child !== "") tree.add(child);
  }
  return ticks;
}

/** Its own, and those of its children that have ended. */
function ticksOf(pid: string): number {
  const stat = text(`/proc/${pid}/stat`);
  const numbers = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime, stime, cutime and cstime, as proc(5) counts the fields.
  return numbers.slice(11, 15).reduce((sum, one) => sum + Number(one), 0);
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
