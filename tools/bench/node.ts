/** A node in a process of its own, as `npm start` runs it; tells its parent its address. */
import { run } from "../../api/main.ts";
import { parseEnv } from "../../config/env.ts";

const node = await run(parseEnv(process.env));
process.once("SIGTERM", () => void node.stop().then(() => process.exit(0)));
process.once("disconnect", () => void node.stop().then(() => process.exit(0)));
process.send?.({ url: node.url });
