import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createHospital, type Hospital } from "../testing/hospital.ts";
import { hasPython } from "../testing/python.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const TO = { user_id: "north-1", territory_id: "north" };

let hospital: Hospital;
let server: TestServer;
/** Loses the answers to the first two calls of each key, which Tocsin has taken: the first one whole, the second one, if it is good, from its middle on. */
const proxy = createServer((request, response) => void pass(request, response));
const calls = new Map<unknown, number>();

async function pass(...[request, response]: Parameters<Parameters<typeof createServer>[1] & {}>) {
  const { host: _h, connection: _c, ...headers } = request.headers;
  const answer = await fetch(`${server.url}${request.url}`, {
    method: "POST",
    headers: headers as Record<string, string>,
    body: Buffer.concat(await request.toArray()),
  });
  const text = await answer.text();
  const key = headers["idempotency-key"];
  const before = calls.get(key) ?? 0;
  calls.set(key, before + 1);
  if (before === 0) response.destroy();
  else if (before === 1 && answer.ok) {
    response.writeHead(answer.status, { "Content-Length": text.length });
    response.write(text.slice(0, 20), () => response.destroy());
  } else {
    const {
      connection: _a,
      "content-length": _b,
      "content-encoding": _d,
      "transfer-encoding": _e,
      ...told
    } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, told).end(text);
  }
}

beforeAll(async () => {
  hospital = await createHospital();
  server = await startServer(hospital);
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  vi.stubEnv("TOCSIN", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  vi.stubEnv("KEY", hospital.services.north.key);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  proxy.close();
  await server.stop();
  await hospital.close();
});

const sends = () => hospital.asOwner("SELECT id FROM sends ORDER BY id");

it("shows the senders that are tested", () => {
  const guide = readFileSync(join(import.meta.dirname, "sending.md"), "utf8");
  const blocks = [...guide.matchAll(/<!-- (\S+) -->\n\n```\w+\n([^]*?)\n```/g)];
  expect(blocks.map(([, path]) => path)).toEqual(["senders/send.ts", "senders/send.py"]);
  for (const [, path = "", code] of blocks)
    expect(readFileSync(join(import.meta.dirname, path), "utf8").trimEnd()).toBe(code);
});

/** Runs a sender as a program, which has a fetch of its own: the tests' one reads answers before it gives them. */
const program =
  (command: string, ...args: string[]) =>
  async (notification: object, key: string): Promise<string> => {
    const child = spawn(command, [...args, key]);
    child.stdin.end(JSON.stringify(notification));
    const [out, error, [code]] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      once(child, "exit"),
    ]);
    if (code !== 0) throw new Error(Buffer.concat(error).toString());
    return Buffer.concat(out).toString().trim();
  };
const python = program("python3", join(import.meta.dirname, "senders/send.py"));
const typescript = program(
  process.execPath,
  "--input-type=module",
  "--eval",
  `import { send } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "senders/send.ts")))};
   import { json } from "node:stream/consumers";
   console.log(await send(await json(process.stdin), process.argv[1]));`,
);

describe.each([
  ["TypeScript", typescript, true],
  ["Python", python, hasPython()],
])("the sender of the guide in %s", (name, send, runs) => {
  it.skipIf(!runs)("sends once, also where the answer is lost, and says what is wrong", async () => {
    const before = await sends();
    const id = await send({ ...TO, message: "Freezer 7 is at -58 °C." }, `freezer-${name}`);
    expect((await sends()).slice(before.length)).toEqual([{ id }]);
    await expect(send({ ...TO, mesage: "x" }, `wrong-${name}`)).rejects.toThrow("did you mean `message`?");
  });
});
