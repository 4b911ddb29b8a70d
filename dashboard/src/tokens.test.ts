import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const STATIC = join(import.meta.dirname, "../static");
const inside = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
const files = [...(await inside(import.meta.dirname)), ...(await inside(STATIC))].filter(
  (name) => /\.(svelte|css)$/.test(name) && !name.endsWith("tokens.css"),
);

/** Declarations of a kind in all styles but the tokens, each as file and line. */
async function declarations(kind: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const file of files)
    for (const line of (await readFile(file, "utf8")).split("\n"))
      if (kind.test(line)) found.push(`${file}: ${line.trim()}`);
  return found;
}

test("spaces things by the six steps alone", async () => {
  const spaces = await declarations(/^\s*(gap|row-gap|column-gap|padding[a-z-]*|margin[a-z-]*):/);
  expect(spaces.length).toBeGreaterThan(50);
  expect(spaces.filter((line) => /\d(rem|em)\b/.test(line))).toEqual([]);
});

test("names no colour outside of the tokens", async () => {
  expect(await declarations(/^\s*[a-z-]+:.*(#[0-9a-f]{3,8}\b|rgb\()/)).toEqual([]);
});

test("uses only tokens that there are", async () => {
  const tokens = await readFile(join(STATIC, "tokens.css"), "utf8");
  const known = new Set(tokens.match(/--[a-z0-9-]+(?=:)/g));
  const used = (await declarations(/var\(--/)).flatMap((line) => line.match(/(?<=var\()--[a-z0-9-]+/g) ?? []);
  // What a component gives its own parts.
  for (const own of ["--tone", "--left", "--width"]) known.add(own);
  for (let column = 1; column <= 12; column += 1) known.add(`--column-${column}`);
  expect(new Set(used).difference(known)).toEqual(new Set());
  expect([...known].filter((name) => name.startsWith("--space-"))).toHaveLength(6);
});
