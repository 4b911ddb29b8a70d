import { z } from "zod";
import type { Kind } from "./kinds.ts";
import { RecognizerUnavailable, type Recognized, type Recognizer } from "./recognizer.ts";

/** Presidio's entities as kinds; others become other_id, and entities that are null here are not in Safe Harbor's list. */
const ENTITIES: Record<string, Kind | null> = {
  PERSON: "name",
  LOCATION: "geo",
  PHONE_NUMBER: "phone",
  EMAIL_ADDRESS: "email",
  URL: "url",
  IP_ADDRESS: "ip",
  US_SSN: "ssn",
  US_ITIN: "ssn",
  US_MBI: "health_plan",
  US_BANK_NUMBER: "account",
  US_ROUTING_NUMBER: "account",
  CREDIT_CARD: "account",
  IBAN_CODE: "account",
  CRYPTO: "account",
  US_DRIVER_LICENSE: "license",
  MEDICAL_LICENSE: "license",
  US_NPI: "license",
  MAC_ADDRESS: "device",
  UK_NHS: "mrn",
  ORGANIZATION: null,
  NRP: null,
  DATE_TIME: null,
  AGE: null,
};

const answer = z.array(
  z.object({ start: z.int().min(0), end: z.int().min(0), entity_type: z.string(), score: z.number() }),
);

export interface PresidioOptions {
  /** Address of the analyzer, without `/analyze`. */
  url: string;
  fetch: typeof fetch;
  language?: string;
  /** Results under this confidence are dropped; 0.5 unless given. */
  threshold?: number;
  /** Milliseconds until it counts as unavailable; 2,000 unless given. */
  timeoutMs?: number;
  /** The kinds that entities become, over the defaults; null drops an entity. */
  entities?: Record<string, Kind | null>;
}

/**
 * Presidio's analyzer over its REST API. Presidio counts code points, the redactor UTF-16 units: offsets are
 * translated. Throws RecognizerUnavailable on a timeout, a failure or an answer it can't read.
 */
export function presidio({
  url,
  fetch,
  language = "en",
  threshold = 0.5,
  timeoutMs = 2_000,
  entities,
}: PresidioOptions): Recognizer {
  const kinds = { ...ENTITIES, ...entities };
  const name = "presidio";
  return {
    name,
    async analyze(text) {
      const body = JSON.stringify({ text, language, score_threshold: threshold });
      const results = await ask(() =>
        fetch(`${url.replace(/\/$/, "")}/analyze`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
          signal: AbortSignal.timeout(timeoutMs),
        }),
      );
      const units = unitOffsets(text);
      return results.flatMap(({ start, end, entity_type, score }): Recognized[] => {
        const kind = kinds[entity_type] === undefined ? "other_id" : kinds[entity_type];
        const from = units[start];
        const to = units[end];
        if (from === undefined || to === undefined || from >= to)
          throw new RecognizerUnavailable(name, "malformed");
        return kind === null || score < threshold ? [] : [{ start: from, end: to, kind, score }];
      });
    },
  };

  async function ask(request: () => Promise<Response>): Promise<z.infer<typeof answer>> {
    let response: Response;
    let body: unknown;
    try {
      response = await request();
      body = response.ok ? await response.json() : null;
    } catch (error) {
      const code =
        error instanceof Error && error.name === "TimeoutError"
          ? "timeout"
          : error instanceof SyntaxError
            ? "malformed"
            : "unreachable";
      throw new RecognizerUnavailable(name, code);
    }
    if (!response.ok) throw new RecognizerUnavailable(name, `status_${response.status}`);
    const parsed = answer.safeParse(body);
    if (!parsed.success) throw new RecognizerUnavailable(name, "malformed");
    return parsed.data;
  }
}

/** The UTF-16 offset of each code point, and the end. */
function unitOffsets(text: string): number[] {
  const offsets: number[] = [];
  let at = 0;
  for (const char of text) {
    offsets.push(at);
    at += char.length;
  }
  offsets.push(at);
  return offsets;
}
