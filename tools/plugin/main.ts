/** `npm run plugin:new NAME [FOLDER]`: a new channel plugin, in `plugins` unless another folder is given. */
import { join, relative, resolve } from "node:path";
import { ChannelError } from "../../channels/channel-error.ts";
import { createPlugin } from "./create.ts";

const ROOT = join(import.meta.dirname, "../..");

const [name, folder = join(ROOT, "plugins"), ...rest] = process.argv.slice(2);
if (name === undefined || name.startsWith("-") || rest.length > 0) {
  console.error("Usage: npm run plugin:new NAME [FOLDER]   e.g. npm run plugin:new fax");
  process.exit(2);
}
try {
  const files = createPlugin(name, resolve(folder)).map((file) => relative(process.cwd(), file));
  console.log(`Written:\n${files.map((file) => `  ${file}`).join("\n")}`);
  console.log(
    `It works and passes its tests: npx vitest run --project unit ${files[0]?.replace(/[^/]+$/, "")}`,
  );
  console.log(`Set CHANNEL_${name.toUpperCase()} to turn it on; docs/plugins.md says how to go on.`);
} catch (error) {
  if (!(error instanceof ChannelError)) throw error;
  console.error(error.message);
  process.exit(1);
}
