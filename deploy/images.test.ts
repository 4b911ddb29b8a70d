import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

const INDEX = "application/vnd.oci.image.index.v1+json";
const folder = mkdtempSync(join(tmpdir(), "tocsin-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Stored {
  body: string;
  type?: string;
  /** What it says the digest is, where that is not so. */
  said?: string;
  /** Where it leads on to in place of an answer. */
  location?: string;
}

/** A registry, as much of the distribution API as a tag takes. What is under `private/` needs a token, and that the password. */
class Registry {
  readonly images = new Map<string, Stored>();
  readonly asked: IncomingMessage[] = [];
  readonly #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }
  async stop(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.asked.push(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", `http://${this.host}`);
    const { authorization } = request.headers;
    response.setHeader("Connection", "close");
    if (pathname === "/token") {
      const known = authorization === `Basic ${Buffer.from("site:secret").toString("base64")}`;
      const token = `${searchParams.get("service")} ${searchParams.get("scope")}`;
      response
        .writeHead(known ? 200 : 401)
        .end(JSON.stringify({ token: Buffer.from(token).toString("hex") }));
      return;
    }
    const [, path = "", tag = ""] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(pathname) ?? [];
    const scope = `repository:${path}:pull`;
    const token = Buffer.from(`registry ${scope}`).toString("hex");
    if (path.startsWith("private/") && authorization !== `Bearer ${token}`) {
      const realm = `http://${this.host}/token`;
      response
        .writeHead(401, { "WWW-Authenticate": `Bearer realm="${realm}",service="registry",scope="${scope}"` })
        .end();
      return;
    }
    const found = this.images.get(`${path}:${tag}`);
    if (found === undefined) {
      response.writeHead(404).end("{}");
      return;
    }
    const { body, type = INDEX, said = digestOf(body), location } = found;
    if (location !== undefined) {
      response.writeHead(307, { Location: location }).end();
      return;
    }
    response.writeHead(200, { "Content-Type": type, "Docker-Content-Digest": said }).end(body);
  }
}

const digestOf = (body: string): string => `sha256:${createHash("sha256").update(body).digest("hex")}`;

const registry = new Registry();
beforeAll(() => registry.start());
afterAll(() => registry.stop());
afterEach(() => {
  registry.images.clear();
  registry.asked.length = 0;
});

interface Ended {
  status: number;
  out: string;
  err: string;
}
const run = (args: string[], env: Record<string, string> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, "images.mjs"), ...args],
      { env: { DOCKER_CONFIG: join(folder, "nobody"), ...env } },
      (error, out, err) => resolve({ status: error === null ? 0 : Number(error.code), out, err }),
    );
  });

describe("the images of Compose", () => {
  const listed = new Map(
    [...readFileSync(join(import.meta.dirname, "images.env"), "utf8").matchAll(/^(\w+)=(\S+)$/gm)].map(
      ([, name = "", image = ""]) => [name, image],
    ),
  );
  /** As Docker Hub names it. */
  const atHub = (image: string): string => (image.includes("/") ? image : `library/${image}`);
  const pem = join(folder, "site.pem");
  let file: string;
  let number = 0;
  beforeEach(() => {
    for (const [name, image] of listed) registry.images.set(atHub(image), { body: `{"of":"${name}"}` });
    file = join(folder, `env-${++number}`);
    writeFileSync(pem, "certificate");
    const made = spawnSync("sh", [join(import.meta.dirname, "init.sh"), "site", "https://a.example", pem], {
      env: { PATH: process.env["PATH"], TOCSIN_ENV_FILE: file },
    });
    expect(made.status).toBe(0);
  });
  const pin = (...more: string[]): Promise<Ended> =>
    run([`--mirror=http://${registry.host}`, ...more], { TOCSIN_ENV_FILE: file });
  const lines = (): string[] => readFileSync(file, "utf8").split("\n");

  it("are written by the digest of what the registry has under each tag now, and again once it has another", async () => {
    const before = lines().filter((line) => line !== "");
    expect(before.join("\n")).not.toContain("_IMAGE");
    expect(await pin()).toMatchObject({ status: 0, err: "" });
    const pinned = [...listed].map(([name, image]) => `${name}=${image}@${digestOf(`{"of":"${name}"}`)}`);
    expect(lines()).toEqual([...before, ...pinned, ""]);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const redis = atHub(listed.get("REDIS_IMAGE") ?? "");
    registry.images.set(redis, { body: "{}" });
    expect(await pin()).toMatchObject({ status: 0 });
    const again = lines().filter((line) => line.startsWith("REDIS_IMAGE="));
    expect(again).toEqual([`REDIS_IMAGE=${listed.get("REDIS_IMAGE")}@${digestOf("{}")}`]);
    expect(lines()).toHaveLength(before.length + pinned.length + 1);
    for (const { headers } of registry.asked) expect(headers.accept?.split(", ")[0]).toBe(INDEX);
  });

  it.each<[string, Stored | undefined, string]>([
    ["is not there", undefined, "answers 404"],
    ["is not what the registry says", { body: "{}", said: digestOf("other") }, "and what it sent is"],
    ["is elsewhere", { body: "{}", location: "/v2/library/redis/manifests/8-alpine" }, "redirect"],
    ["is no image", { body: "<p>", type: "text/html" }, "no manifest"],
  ])("are left as they were where one of them %s", async (_what, stored, says) => {
    const before = lines();
    const last = atHub([...listed.values()].at(-1) ?? "");
    if (stored === undefined) registry.images.delete(last);
    else registry.images.set(last, stored);
    expect(await pin()).toMatchObject({ status: 1, err: expect.stringContaining(says) });
    expect(lines()).toEqual(before);
  });

  it("are asked for over https alone", async () => {
    const before = lines();
    const plain = await run(["--mirror=http://mirror.example"], { TOCSIN_ENV_FILE: file });
    expect(plain).toMatchObject({ status: 1, err: expect.stringContaining("over https alone") });
    expect(lines()).toEqual(before);
  });
});

describe("an image of the site's own", () => {
  const signedIn = (password: string): Record<string, string> => {
    const place = mkdtempSync(join(folder, "docker-"));
    const auth = Buffer.from(`site:${password}`).toString("base64");
    writeFileSync(join(place, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    return { DOCKER_CONFIG: place };
  };

  it("is printed as the chart takes it, for who has signed in at its registry", async () => {
    registry.images.set("private/tocsin:0.1.0", { body: "{}" });
    const image = `${registry.host}/private/tocsin`;
    expect(await run([`${image}:0.1.0`], signedIn("secret"))).toEqual({
      status: 0,
      err: "",
      out: `image:\n  repository: ${image}\n  tag: "0.1.0"\n  digest: ${digestOf("{}")}\n`,
    });
    for (const who of [{}, signedIn("other")])
      expect(await run([`${image}:0.1.0`], who)).toMatchObject({
        status: 1,
        err: expect.stringContaining("401"),
      });
  });

  it.each(["tocsin", "registry.example/tocsin", "registry.example/tocsin@sha256:0", "a b:1"])(
    "has a tag (%s)",
    async (image) => {
      expect(await run([image])).toMatchObject({ status: 1, err: expect.stringContaining("with a tag") });
    },
  );
});
