import { execFileSync, spawnSync } from "node:child_process";
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { ConfigError, parseEnv } from "../config/env.ts";
import { openMasterKeys } from "../config/kms/open.ts";
import { createLog } from "../config/log.ts";
import { createStops } from "../node/stop.ts";
import { openStores } from "../node/stores.ts";
import { signatureOf } from "../testing/sigv4.ts";
import { createSite } from "../testing/site.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-kms-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A master key, and the key of a service's own that wraps it, which never leaves the service. */
const MASTER = randomBytes(32);
const WRAPPING = randomBytes(32);

/** Wraps as a service does: bound to `context`, and altered by nobody. */
function wrap(plain: Buffer, context: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", WRAPPING, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(box: Buffer, context: string): Buffer | null {
  try {
    const cipher = createDecipheriv("aes-256-gcm", WRAPPING, box.subarray(0, 12));
    cipher.setAAD(Buffer.from(context)).setAuthTag(box.subarray(-16));
    return Buffer.concat([cipher.update(box.subarray(12, -16)), cipher.final()]);
  } catch {
    return null;
  }
}

type Answer = { status: number; body: object };

/** A service over HTTP; answers its address. */
async function serve(answer: (request: IncomingMessage, body: Buffer) => Answer): Promise<string> {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { status, body: answered } = answer(request, body);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answered));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The keys that a node gets, or what it says. */
async function keysOf(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return String((await openMasterKeys(env))["TOCSIN_MASTER_KEY"]);
  } catch (error) {
    return error instanceof ConfigError ? error.faults.join("\n") : `unexpected: ${String(error)}`;
  }
}

const OPENED = `k1:${MASTER.toString("base64")}`;

describe("AWS KMS", () => {
  const key = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a secret of the account" };

  /** Decrypt, as AWS documents it: signed, by its target, bound to the encryption context. */
  const start = (): Promise<string> =>
    serve((request, body) => {
      const payload = createHash("sha256").update(body).digest("hex");
      const given = /Signature=([0-9a-f]{64})/.exec(String(request.headers.authorization))?.[1];
      if (signatureOf(request, payload, key, { region: "eu-central-1", service: "kms" }) !== given)
        return { status: 400, body: { __type: "InvalidSignatureException" } };
      if (request.method !== "POST" || request.headers["x-amz-target"] !== "TrentService.Decrypt")
        return { status: 400, body: { __type: "UnknownOperationException" } };
      const { CiphertextBlob, EncryptionContext } = JSON.parse(body.toString());
      const plain = unwrap(Buffer.from(CiphertextBlob, "base64"), JSON.stringify(EncryptionContext));
      return plain === null
        ? { status: 400, body: { __type: "InvalidCiphertextException" } }
        : { status: 200, body: { KeyId: "arn:aws:kms:…", Plaintext: plain.toString("base64") } };
    });

  const envAt = (url: string, wrapped: string): NodeJS.ProcessEnv => ({
    TOCSIN_KMS: "aws",
    TOCSIN_MASTER_KEY: wrapped,
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_ENDPOINT_URL_KMS: url,
  });

  test("opens a master key, under the id that it is bound to alone", async () => {
    const url = await start();
    const wrapped = wrap(MASTER, JSON.stringify({ tocsin: "k1" })).toString("base64");
    expect(await keysOf(envAt(url, `k1:${wrapped}`))).toBe(OPENED);
    expect(await keysOf(envAt(url, `k2:${wrapped}`))).toMatch(
      /"k2" can't be opened: AWS KMS refuses \(400\)/,
    );
    const forged = { ...envAt(url, `k1:${wrapped}`), AWS_SECRET_ACCESS_KEY: "another" };
    expect(await keysOf(forged)).toMatch(/AWS KMS refuses/);
    const short = wrap(MASTER.subarray(1), JSON.stringify({ tocsin: "k1" })).toString("base64");
    expect(await keysOf(envAt(url, `k1:${short}`))).toMatch(/as 31 bytes/);
  });

  test("is never asked in plain text outside this machine, nor without a login", async () => {
    expect(await keysOf(envAt("http://kms.example", "k1:abc"))).toMatch(
      /AWS_ENDPOINT_URL_KMS: must be an https:/,
    );
    expect(await keysOf({ TOCSIN_KMS: "aws", TOCSIN_MASTER_KEY: "k1:abc" })).toMatch(/needs AWS_REGION/);
    expect(await keysOf({ TOCSIN_KMS: "azure", TOCSIN_MASTER_KEY: "k1:abc" })).toBe(
      "TOCSIN_KMS: must be aws, vault, command",
    );
  });
});

describe("Vault's transit engine", () => {
  const start = (): Promise<string> =>
    serve((request, body) => {
      if (request.headers["x-vault-token"] !== "s.token")
        return { status: 403, body: { errors: ["permission denied"] } };
      if (request.url !== "/v1/transit/decrypt/tocsin") return { status: 404, body: { errors: [] } };
      const { ciphertext } = JSON.parse(body.toString());
      const [, box = ""] = /^vault:v1:(.+)$/.exec(ciphertext) ?? [];
      const plain = unwrap(Buffer.from(box, "base64"), "transit");
      return plain === null
        ? { status: 400, body: { errors: ["invalid ciphertext"] } }
        : { status: 200, body: { data: { plaintext: plain.toString("base64") } } };
    });
  const wrapped = `k1:vault:v1:${wrap(MASTER, "transit").toString("base64")}`;
  const envAt = (url: string): NodeJS.ProcessEnv => ({
    TOCSIN_KMS: "vault",
    TOCSIN_KMS_KEY: "tocsin",
    TOCSIN_MASTER_KEY: wrapped,
    VAULT_ADDR: url,
    VAULT_TOKEN: "s.token",
  });

  test("opens a master key for who has the token, and for the key that wrapped it", async () => {
    const url = await start();
    expect(await keysOf(envAt(url))).toBe(OPENED);
    expect(await keysOf({ ...envAt(url), VAULT_TOKEN: "s.other" })).toMatch(
      /"k1" can't be opened: Vault refuses \(403\)/,
    );
    expect(await keysOf({ ...envAt(url), TOCSIN_KMS_KEY: "other" })).toMatch(/refuses \(404\)/);
    expect(await keysOf({ ...envAt(url), TOCSIN_MASTER_KEY: "k1:vault:v1:AAAA" })).toMatch(/refuses \(400\)/);
    expect(await keysOf(envAt("http://127.0.0.1:1"))).toMatch(/Vault does not answer/);
    expect(await keysOf(envAt("http://vault.example"))).toMatch(/VAULT_ADDR: must be an https:/);
  });

  test("has a node open what was sealed under the same key before", async () => {
    const site = await createSite({ TOCSIN_SEED_DEMO: "" });
    onTestFinished(() => site.close());
    const { onStop, stop } = createStops(createLog("silent"));
    const plain = parseEnv({ ...site.env, TOCSIN_MASTER_KEY: OPENED });
    await openStores(plain, { log: createLog("silent"), signal: new AbortController().signal }, onStop);
    await stop();
    const entry = join(import.meta.dirname, "../api/main.ts");
    const env = Object.fromEntries(
      Object.entries(envAt(await start())).map(([name, value]) => [name, String(value)]),
    );
    const node = await site.start({ env, entry });
    expect(node.url).toMatch(/^http:/);
    await node.stop();
    expect(site.lines().join("\n")).not.toContain(MASTER.toString("base64"));
  });
});

describe("a program of the site's", () => {
  /** A program that opens keys; what it does is its own text. */
  function program(text: string): string {
    const file = join(folder, `open-${randomBytes(4).toString("hex")}`);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o700);
    return file;
  }
  const envFor = (command: string): NodeJS.ProcessEnv => ({
    PATH: process.env["PATH"],
    TOCSIN_KMS: "command",
    TOCSIN_KMS_COMMAND: command,
    TOCSIN_MASTER_KEY: "k1:wrapped-text",
    DATABASE_URL: "postgres://secret@db/tocsin",
  });
  const base64 = MASTER.toString("base64");

  test("gets id and text, and opens a key", async () => {
    const opens = program(`[ "$1" = k1 ] && [ "$(cat)" = wrapped-text ] && echo ${base64}`);
    expect(await keysOf(envFor(opens))).toBe(OPENED);
  });

  test("sees none of the program's other settings, and its failure is named", async () => {
    const curious = program(`[ -z "$DATABASE_URL$TOCSIN_MASTER_KEY" ] && echo ${base64}`);
    expect(await keysOf(envFor(curious))).toBe(OPENED);
    expect(await keysOf(envFor(program("exit 3")))).toMatch(/"k1" can't be opened: .* failed \(3\)/);
    expect(await keysOf(envFor("open-key"))).toMatch(/must be the whole path/);
  });
});

describe("an HSM, by PKCS #11", () => {
  const place = join(folder, "hsm");
  const PIN = "56-78";
  const ID = Buffer.from("tocsin-k1").toString("hex");
  const oaep = (publicKey: Buffer, hash: string): string =>
    publicEncrypt(
      {
        key: createPublicKey({ key: publicKey, format: "der", type: "spki" }),
        padding: constants.RSA_PKCS1_OAEP_PADDING,
        oaepHash: hash,
      },
      MASTER,
    ).toString("base64");

  /** What the script needs, and the master key wrapped by the token's key `tocsin-k1`. */
  interface Token {
    env: NodeJS.ProcessEnv;
    wrapped: string;
  }

  /** SoftHSM, with pkcs11-tool itself. Its OAEP knows SHA-1 alone. */
  function softToken(module: string): Token {
    const conf = join(place, "softhsm2.conf");
    mkdirSync(join(place, "tokens"));
    writeFileSync(conf, `directories.tokendir = ${place}/tokens\nobjectstore.backend = file\n`);
    const env = { PATH: process.env["PATH"], SOFTHSM2_CONF: conf };
    const run = (program: string, ...args: string[]): Buffer =>
      execFileSync(program, args, { env, stdio: ["ignore", "pipe", "ignore"] });
    run("softhsm2-util", "--init-token", "--free", "--label", "site", "--so-pin", "1234", "--pin", PIN);
    const at = ["--module", module, "--token-label", "site", "--login", "--pin", PIN, "--id", ID];
    run("pkcs11-tool", ...at, "--keypairgen", "--key-type", "rsa:2048", "--usage-decrypt");
    run(
      "pkcs11-tool",
      ...at,
      "--read-object",
      "--type",
      "pubkey",
      "--output-file",
      join(place, "public.der"),
    );
    return {
      env: { ...env, PKCS11_MODULE: module, PKCS11_HASH: "SHA-1" },
      wrapped: oaep(readFileSync(join(place, "public.der")), "sha1"),
    };
  }

  /** A stand-in for pkcs11-tool, that opens with a key of its own what it is asked for in pkcs11-tool's words. */
  function standIn(): Token {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "der" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    writeFileSync(join(place, "key.pem"), privateKey);
    const asked = `--module /hsm.so --token-label site --login --pin env:PKCS11_PIN --decrypt --mechanism RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 --id ${ID}`;
    const opens = `openssl pkeyutl -decrypt -inkey ${place}/key.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256`;
    writeFileSync(
      join(place, "pkcs11-tool"),
      `#!/bin/sh\n[ "$*" = "${asked}" ] && [ "$PKCS11_PIN" = ${PIN} ] && exec ${opens}\n`,
    );
    chmodSync(join(place, "pkcs11-tool"), 0o700);
    return {
      env: { PATH: `${place}:${process.env["PATH"]}`, PKCS11_MODULE: "/hsm.so" },
      wrapped: oaep(publicKey, "sha256"),
    };
  }

  const module = ["/usr/lib/softhsm", "/usr/local/lib/softhsm", "/opt/homebrew/lib/softhsm"]
    .map((path) => `${path}/libsofthsm2.so`)
    .find((path) => existsSync(path));
  const hasTool = spawnSync("pkcs11-tool", ["--version"], { stdio: "ignore" }).error === undefined;
  const tokens: [string, () => Token][] = [["a stand-in for pkcs11-tool", standIn]];
  if (module !== undefined && hasTool) tokens.push(["SoftHSM", () => softToken(module)]);

  test.each(tokens)("opens a master key for who has the PIN (%s)", async (_what, make) => {
    mkdirSync(place, { recursive: true });
    const { env, wrapped } = make();
    const file = join(place, "pin");
    writeFileSync(file, PIN);
    const all = {
      ...env,
      PKCS11_TOKEN: "site",
      PKCS11_PIN_FILE: file,
      TOCSIN_KMS: "command",
      TOCSIN_KMS_COMMAND: join(import.meta.dirname, "../deploy/kms/pkcs11.sh"),
      TOCSIN_MASTER_KEY: `k1:${wrapped}`,
    };
    expect(await keysOf(all)).toBe(OPENED);
    writeFileSync(file, "1111");
    expect(await keysOf(all)).toMatch(/"k1" can't be opened: .*pkcs11\.sh failed \(1\)/);
    writeFileSync(file, PIN);
    expect(await keysOf({ ...all, TOCSIN_MASTER_KEY: `k2:${wrapped}` })).toMatch(/"k2" can't be opened/);
  });
});
