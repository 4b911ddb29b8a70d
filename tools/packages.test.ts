import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "..");

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});
const { packages } = Lock.parse(JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")));
/** What npm installs, by its place. */
const installed = Object.entries(packages).filter(
  ([path, { link }]) => path.startsWith("node_modules/") && !link,
);

const nameAt = (path: string): string => path.replace(/^.*node_modules\//, "");

/** SPDX's names of licences that ask for no more than to be named. */
const PERMISSIVE = new Set(
  "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 CC-BY-4.0 ISC MIT MIT-0 Unlicense".split(" "),
);
/** Of tools besides, which are not part of what a site runs. */
const OF_TOOLS = new Set(["MPL-2.0", "PSF-2.0"]);
/** By a decision of their own: MPL-2.0 asks that changes to a package's own files are shown, and there are none (docs/decisions/0074). */
const DECIDED: Record<string, string> = { "node_modules/web-push": "MPL-2.0" };
/** Packages whose package.json says nothing: what their LICENSE says. */
const SAID_ELSEWHERE: Record<string, string> = { "node_modules/unionfs": "Unlicense" };

function isAllowed(licence: string, tool: boolean): boolean {
  const each = (separator: string): string[] => licence.replaceAll(/[()]/g, "").split(separator);
  if (licence.includes(" OR ")) return each(" OR ").some((one) => isAllowed(one, tool));
  return each(" AND ").every((one) => PERMISSIVE.has(one) || (tool && OF_TOOLS.has(one)));
}

it("are under licences that let a hospital run them", () => {
  expect(installed.length).toBeGreaterThan(500);
  const others = installed.flatMap(([path, { license, dev = false }]) => {
    const licence = license ?? SAID_ELSEWHERE[path] ?? "none";
    return isAllowed(licence, dev) || DECIDED[path] === licence ? [] : [`${path}: ${licence}`];
  });
  expect(others).toEqual([]);
});

it("are each in the bill of materials, those that a site does not run marked", () => {
  const Properties = z.array(z.object({ name: z.string(), value: z.string() }));
  const Bill = z.object({
    bomFormat: z.literal("CycloneDX"),
    components: z.array(z.object({ purl: z.string(), properties: Properties.default([]) })),
  });
  const text = execFileSync("npm", ["run", "--silent", "sbom"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
  const marked = Bill.parse(JSON.parse(text)).components.map(({ purl, properties }) => {
    const isTool = properties.some(({ name }) => name === "cdx:npm:package:development");
    return `${decodeURIComponent(purl)} ${isTool}`;
  });
  const expected = installed.map(([path, { name = nameAt(path), version, dev = false }]) => {
    return `pkg:npm/${name}@${version} ${dev}`;
  });
  expect(marked).toEqual(expect.arrayContaining(expected));
});
