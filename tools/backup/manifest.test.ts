import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { rawPublicKey } from "../../store/audit/checkpoint.ts";
import { hashOfFile } from "../../store/archive/manifest.ts";
import { FILES, readBackup } from "./manifest.ts";
import { signManifest } from "./signature.ts";

it("hands on the very dump that was checked, whatever is put in its place meanwhile", async () => {
  const [folder = "", place = ""] = await Promise.all(
    ["backup", "place"].map((name) => mkdtemp(join(tmpdir(), `tocsin-${name}-`))),
  );
  onTestFinished(async () => {
    for (const one of [folder, place]) await rm(one, { recursive: true, force: true });
  });
  const dump = join(folder, FILES.dump);
  await writeFile(dump, "what was dumped");
  const manifest = JSON.stringify({
    format: 1,
    taken_at: "2026-01-05T08:00:00.000Z",
    database: "tocsin",
    postgresql: "18.0",
    migration: "0042_answers",
    dump_sha256: await hashOfFile(dump),
    counts: { sends: 0, notifications: 0, users: 0, audit_events: 0 },
    audit: { last_event: null, checkpoint: null, public_keys: [] },
    master_keys: [],
  });
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeFile(join(folder, FILES.manifest), manifest);
  await writeFile(join(folder, FILES.signature), signManifest(manifest, privateKey));

  const read = await readBackup({ folder, place }, [rawPublicKey(privateKey)], false);
  await writeFile(dump, "what somebody else put there");
  expect(await readFile(read.dump, "utf8")).toBe("what was dumped");
});
