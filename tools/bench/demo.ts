import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Demo = z.object({ api_key: z.string(), territories: z.array(z.string()) });

/** The parts of a home's demo.json that the bench needs. */
export const readDemo = (home: string): z.infer<typeof Demo> =>
  Demo.parse(JSON.parse(readFileSync(join(home, "demo.json"), "utf8")));
