import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { make } from "../tools/api-docs/made.ts";

const made = Object.entries(await make());

it.each(made)("%s is what the routes say: `npm run docs:api` writes it anew", (path, text) => {
  expect(readFileSync(join(import.meta.dirname, "..", path), "utf8")).toBe(text);
});
