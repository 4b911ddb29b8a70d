import { parentPort, workerData } from "node:worker_threads";
import { overreach } from "../overreach.ts";
import { lintPattern } from "../patterns.ts";
import type { Additions, Judgement } from "./judge.ts";

/** The code of the thread. */
function judge({ patterns, hidden }: Additions): Judgement {
  const faults = patterns.map(({ source }) => lintPattern(source));
  const isRefused = faults.some((fault) => fault !== null);
  return { faults, harm: isRefused ? null : overreach({ patterns, hidden }) };
}

const additions: Additions = workerData;
parentPort?.postMessage(judge(additions));
