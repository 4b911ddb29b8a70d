import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, expect, it } from "vitest";
import { createMeter } from "./cpu.ts";
import { until } from "./until.ts";

let child: ChildProcess;
let closed: Promise<unknown>;
// A program ends with its stdin, which one that it started shares.
afterEach(async () => {
  child.stdin?.end();
  await closed;
});

const BURN = "for (const end = process.cpuUsage().user + 300_000; process.cpuUsage().user < end; );";
const LAST = 'process.stdin.resume().on("close", () => process.exit());';

function start(script: string): void {
  child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  closed = once(child, "close");
}

/** Only Linux tells. */
const counted = process.platform === "linux" ? 0.3 : 0;

it("counts what a program started and saw end", async () => {
  start(
    `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(BURN)}]); console.log("ended");${LAST}`,
  );
  if (child.stdout !== null) await once(child.stdout, "data");
  expect(createMeter([child.pid ?? 0]).read()).toBeGreaterThanOrEqual(counted);
});

it("keeps what it has read of a program that is nobody's any more", async () => {
  const started = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(BURN + LAST)}], { stdio: "inherit" });`;
  start(started + LAST);
  const meter = createMeter([child.pid ?? 0]);
  await until("what it started has burnt", () => meter.read() >= counted);
  const was = meter.read();
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(meter.read()).toBeGreaterThanOrEqual(was);
});
