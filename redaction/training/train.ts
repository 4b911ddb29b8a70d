/**
 * Trains the model of names and places: `npm run redaction:train` writes its weights and their hash; with
 * `-- --leave-one-out` it prints instead how well each style is read by a model that has seen all others, and with
 * `--errors` each message that it reads wrongly.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { write } from "../names/model.ts";
import { templates } from "./examples.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { teach } from "./teach.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (process.argv.includes("--leave-one-out"))
  leaveOneOut(templates(), say, { errors: process.argv.includes("--errors") });
else {
  const all = templates();
  const file = write(teach(all));
  writeFileSync(new URL("../names/weights.bin", import.meta.url), file);
  const hash = createHash("sha256").update(file).digest("hex");
  writeFileSync(new URL("../names/weights.sha256", import.meta.url), `${hash}\n`);
  say(`${all.length} templates, ${file.length} bytes, SHA-256 ${hash}`);
}
