import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
/** What the runtime loads together with a file: neither types nor what is imported later. */
const IMPORTS = /^(?:(?:import|export) (?!type\b)[^;]*? from |import )"([^"]+)"/gm;

/** The files and packages that come with files of the program. */
function loadedWith(...files: string[]): string[] {
  const paths = new Set(files.map((file) => join(ROOT, file)));
  const packages = new Set<string>();
  for (const path of paths)
    for (const [, to = ""] of readFileSync(path, "utf8").matchAll(IMPORTS))
      if (to.startsWith(".")) paths.add(join(dirname(path), to));
      else packages.add(to);
  return [...packages, ...[...paths].map((path) => relative(ROOT, path))];
}

/** What takes long to load and most nodes never use, and what threads of their own load. */
const FOR_FEW = [
  "@opentelemetry/sdk-trace",
  "libphonenumber-js/max",
  "nodemailer",
  "nodemailer/lib/mail-composer",
  "nodemailer/lib/smtp-connection",
  "openid-client",
  "web-push",
  "redaction/analyze.ts",
];

it("a node starts without what few nodes use", () => {
  const files = ["api/main.ts", "api/serve.ts", ...globSync("plugins/*/index.ts", { cwd: ROOT })];
  const loaded = loadedWith(...files);
  expect(loaded).toEqual(expect.arrayContaining([...files, "zod", "knex", "tocsin/channel"]));
  expect(loaded.filter((one) => FOR_FEW.includes(one))).toEqual([]);
});
