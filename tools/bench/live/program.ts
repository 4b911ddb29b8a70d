import type { Server } from "node:http";
import { usedByNow } from "../measure.ts";

/** Listens on a free port, tells the parent its address, and what the process uses whenever it asks. */
export function tellAddress(server: Server): void {
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    process.send?.({ url: `http://127.0.0.1:${address.port}` });
  });
  process.on("message", () => process.send?.(usedByNow()));
  process.once("disconnect", () => process.exit(0));
}
