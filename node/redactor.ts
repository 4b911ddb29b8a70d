import type { Config } from "../config/env.ts";
import { presidio } from "../redaction/presidio.ts";
import { createRedactor, type Redactor } from "../redaction/threads/redactor.ts";
import type { Metrics } from "./metrics.ts";
import type { OnStop } from "./stop.ts";

/** The redactor of a node: the rules, in threads, and Presidio where there is one. */
export function openRedactor(
  { presidioUrl, redactionThreads }: Pick<Config, "presidioUrl" | "redactionThreads">,
  metrics: Metrics,
  onStop: OnStop,
): Redactor {
  const redactor = createRedactor({
    recognizers: presidioUrl === null ? [] : [presidio({ url: presidioUrl, fetch })],
    ...(redactionThreads === null ? {} : { threads: redactionThreads }),
    onUnfinished: (code) => metrics.redactionUnfinished(code),
  });
  onStop(() => redactor.stop());
  return redactor;
}
