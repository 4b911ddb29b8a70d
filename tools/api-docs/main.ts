import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { make } from "./made.ts";

/** `npm run docs:api`: writes docs/api.md and the client's types anew, from the routes. */
for (const [path, text] of Object.entries(await make())) {
  await writeFile(join(import.meta.dirname, "../..", path), text);
  console.log(`wrote ${path}`);
}
