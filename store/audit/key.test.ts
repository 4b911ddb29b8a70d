import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAuditEnv, parseAuditKey } from "../../config/audit.ts";
import { createLog } from "../../config/log.ts";
import { rawPublicKey } from "./checkpoint.ts";
import { loadAuditKey } from "./key.ts";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "tocsin-key-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const log = createLog("silent");
const faults = (env: Record<string, string>): string => {
  const found: string[] = [];
  parseAuditEnv(env, found);
  return found.join();
};

describe("loadAuditKey", () => {
  it("makes one key for all who start together on one home, in a file that only its owner reads", async () => {
    const config = parseAuditEnv({ TOCSIN_HOME: join(home, "new") }, []);
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadAuditKey(config, log)));
    expect(new Set(keys.map((key) => rawPublicKey(key).toString("hex"))).size).toBe(1);
    expect((await stat(config.keyFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, "new"))).toEqual(["audit-key.pem"]);
  });

  it("takes the configured key, from the variable or a file, and makes none", async () => {
    const key = generateKeyPairSync("ed25519").privateKey;
    const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
    const file = join(home, "given.pem");
    await writeFile(file, pem);
    for (const env of [{ TOCSIN_AUDIT_KEY: pem.replaceAll("\n", "\\n") }, { TOCSIN_AUDIT_KEY_FILE: file }]) {
      const config = parseAuditEnv({ ...env, TOCSIN_HOME: join(home, "none") }, []);
      expect(rawPublicKey(await loadAuditKey(config, log))).toEqual(rawPublicKey(key));
    }
    await expect(stat(join(home, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("loadAuditKey, where it can't", () => {
  it("says which setting would help", async () => {
    const blocked = join(home, "file");
    await writeFile(blocked, "");
    const config = parseAuditEnv({ TOCSIN_HOME: blocked }, []);
    await expect(loadAuditKey(config, log)).rejects.toThrow(
      /TOCSIN_AUDIT_KEY: is not set.*Set it, or have TOCSIN_HOME name a folder that can be written/,
    );
  });
});

describe("parseAuditKey", () => {
  it("takes 32 bytes in base64 (RFC 8032, section 7.1, test 1)", () => {
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    expect(rawPublicKey(parseAuditKey(seed.toString("base64"))).toString("hex")).toBe(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
  });
});

describe("parseAuditEnv", () => {
  it.each([
    ["31 bytes", randomBytes(31).toString("base64")],
    [
      "a key of another kind",
      generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }),
    ],
    ["a public key", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" })],
  ])("refuses %s", (_name, value) => {
    expect(faults({ TOCSIN_AUDIT_KEY: String(value) })).toContain("TOCSIN_AUDIT_KEY");
  });

  it("names what else is wrong", () => {
    expect(faults({ TOCSIN_AUDIT_KEY_FILE: join(home, "nowhere") })).toContain("can't be read");
    expect(faults({ TOCSIN_AUDIT_EVERY: "0" })).toContain("TOCSIN_AUDIT_EVERY");
    expect(faults({ TOCSIN_AUDIT_TRUSTED_KEYS: "AAAA" })).toContain("TOCSIN_AUDIT_TRUSTED_KEYS");
    expect(faults({})).toBe("");
  });
});
