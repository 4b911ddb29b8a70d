import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { findTemporal, temporalRungs } from "./temporal-program.ts";

const quiet = (): void => undefined;
let home: string;
let downloads: Server;
let answer: { status: number; body: Buffer };
let base: string;
let sums: Record<string, string> | undefined;
let asked: string[];

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "tocsin-ladder-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
  answer = { status: 404, body: Buffer.from("none") };
  sums = undefined;
  asked = [];
  downloads = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((listening) => downloads.listen(0, "127.0.0.1", listening));
  const address = downloads.address();
  base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/cli`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await new Promise((closed) => downloads.close(closed));
  rmSync(home, { recursive: true, force: true });
});

function rung(name: RegExp): () => string | Promise<string> {
  const found = temporalRungs(quiet, base, sums).find((one) => name.test(one.name));
  if (!found) throw new Error(`no rung ${String(name)}`);
  return async () => found.get();
}

function program(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

test("PATH: takes a temporal that has the development server, refuses one that hasn't", async () => {
  vi.stubEnv("PATH", home);
  await expect(rung(/PATH/)()).rejects.toThrow("not there");
  program(home, "temporal", "exit 0");
  expect(await rung(/PATH/)()).toBe(join(home, "temporal"));
  program(home, "temporal", "exit 1");
  await expect(rung(/PATH/)()).rejects.toThrow("Command failed");
});

test("download: fails on an HTTP error, on another archive than the release's and when nobody listens", async () => {
  await expect(rung(/download/)()).rejects.toThrow("HTTP 404");
  answer = { status: 200, body: Buffer.from("<html>") };
  await expect(rung(/download/)()).rejects.toThrow("its checksum differs");
  answer = { status: 200, body: gzipSync(tar("temporal", `#!/bin/sh\ntouch ${home}/ran\n`)) };
  await expect(rung(/download/)()).rejects.toThrow("its checksum differs");
  expect(existsSync(join(home, "ran"))).toBe(false);
  sums = {};
  await expect(rung(/download/)()).rejects.toThrow(/no checksum is known for \w+_\w+/);
  base = "http://127.0.0.1:9/cli";
  sums = undefined;
  await expect(rung(/download/)()).rejects.toThrow();
});

test("download: unpacks the release's own archive into the cache, where the next climb finds it", async () => {
  answer = { status: 200, body: gzipSync(tar("temporal", "#!/bin/sh\nexit 0\n")) };
  const target = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  sums = { [target]: createHash("sha256").update(answer.body).digest("hex") };
  const path = await rung(/download/)();
  expect(asked).toEqual([`/cli/temporal_cli_1.5.1_${target}.tar.gz`]);
  expect(path.startsWith(home)).toBe(true);
  expect(await rung(/earlier/)()).toBe(path);
});

test("go install: fails without Go and when Go fails", async () => {
  vi.stubEnv("PATH", home);
  await expect(rung(/go install/)()).rejects.toThrow("not there");
  program(home, "go", "echo no network >&2; exit 1");
  await expect(rung(/go install/)()).rejects.toThrow("no network");
});

test("go install: asks Go for the pinned version, into the cache", async () => {
  program(
    home,
    "go",
    'printf \'#!/bin/sh\\nexit 0\\n\' > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"; [ "$1" = install ]',
  );
  vi.stubEnv("PATH", `${home}:/usr/bin:/bin`);
  expect(await rung(/go install/)()).toBe(await rung(/earlier/)());
});

test("no way at all: one error that names every rung and what to do", async () => {
  vi.stubEnv("PATH", home);
  vi.stubGlobal("fetch", () => Promise.reject(new Error("offline")));
  await expect(findTemporal()).rejects.toThrow(
    /no way to get a Temporal server[^]*PATH: not there[^]*offline[^]*go install[^]*not there[^]*docs.temporal.io/,
  );
  vi.unstubAllGlobals();
});

/** A tar archive of one executable file (POSIX ustar: 512-byte header with octal fields, then padded content). */
function tar(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000755\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
