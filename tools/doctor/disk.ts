import { statfs } from "node:fs/promises";
import { fault, type Finding, ok, warn } from "./finding.ts";

/** With less PostgreSQL and Temporal soon write nothing more; bytes. */
const LEAST = 1024 ** 3;
/** Of which share it is time to look. */
const FEW = 0.1;

/** The room that is left where TOCSIN_HOME is. */
export async function disk(home: string, read: typeof statfs = statfs): Promise<Finding[]> {
  try {
    const { bavail, blocks, bsize } = await read(home);
    const free = bavail * bsize;
    const says = `${home} has ${(free / LEAST).toFixed(1)} GiB left.`;
    if (free < LEAST) return [fault("disk", says, "Make room, or have TOCSIN_HOME name another disk.")];
    if (bavail < FEW * blocks) return [warn("disk", says, "Make room before it is full.")];
    return [ok("disk", says)];
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return [warn("disk", `There is no ${home} yet.`, "The first start makes it; else correct TOCSIN_HOME.")];
  }
}
