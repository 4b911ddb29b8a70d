/** A node in a process of its own, as `npm start` runs it; tells its parent its address, then what it has used. */
import { run } from "../../api/main.ts";
import { parseEnv } from "../../config/env.ts";
import { usedByNow } from "./measure.ts";

const node = await run(parseEnv(process.env));
process.once("SIGTERM", () => void node.stop().then(() => process.exit(0)));
process.once("disconnect", () => void node.stop().then(() => process.exit(0)));
process.on("message", () => process.send?.(usedByNow()));
process.send?.({ url: node.url });
