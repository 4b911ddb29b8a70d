/**
 * Trains the model of names and places: `npm run redaction:train` writes its weights and their hash. With
 * `-- --leave-one-out` it prints instead how well each style is read by a model that has seen all others, with
 * `-- --apart` how well the kept model reads the messages that are kept apart, and with `--errors` each message that is
 * read wrongly.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { write } from "../names/model.ts";
import { templates } from "./examples.ts";
import { leaveOneOut, readApart } from "./leave-one-out.ts";
import { teach } from "./teach.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const { values } = parseArgs({
  options: {
    "leave-one-out": { type: "boolean" },
    apart: { type: "boolean" },
    errors: { type: "boolean", default: false },
    folds: { type: "string" },
  },
});
const folds = values.folds === undefined ? undefined : Number(values.folds);

if (values["leave-one-out"] === true) leaveOneOut(templates(), say, { errors: values.errors, folds });
else if (values.apart === true) readApart(say, { errors: values.errors });
else {
  const all = templates();
  const file = write(teach(all));
  writeFileSync(new URL("../names/weights.bin", import.meta.url), file);
  const hash = createHash("sha256").update(file).digest("hex");
  writeFileSync(new URL("../names/weights.sha256", import.meta.url), `${hash}\n`);
  say(`${all.length} templates, ${file.length} bytes, SHA-256 ${hash}`);
}
