import { shown } from "../language.ts";

/** One fault in a request: its place (a JSON pointer), and what is wrong there. */
export interface Fault {
  path: string;
  message: string;
}

/** An answer that isn't the one asked for: an RFC 9457 problem document, or no answer at all (`status` 0). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  /** The stable `type` of the problem; "about:blank" where there is none. */
  readonly type: string;
  /** Seconds after which trying again makes sense, where the server says so. */
  readonly retryAfter: number | null;
  /** The faults in the request, where the server names them. */
  readonly faults: readonly Fault[];

  constructor(
    status: number,
    type: string,
    message: string,
    retryAfter: number | null = null,
    faults: readonly Fault[] = [],
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.retryAfter = retryAfter;
    this.faults = faults;
  }
}

/** Reads a problem from a response that isn't ok, whether or not its body is a problem document. */
export async function readProblem(response: Response): Promise<Problem> {
  const document: unknown = await response.json().catch(() => null);
  const field = (name: string): string | null => {
    const value: unknown =
      typeof document === "object" && document !== null ? Reflect.get(document, name) : null;
    return typeof value === "string" && value !== "" ? value : null;
  };
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new Problem(
    response.status,
    field("type") ?? "about:blank",
    field("detail") ?? field("title") ?? `The server answered ${response.status}.`,
    Number.isFinite(retryAfter) ? retryAfter : null,
    readFaults(document),
  );
}

function readFaults(document: unknown): Fault[] {
  const errors: unknown =
    typeof document === "object" && document !== null ? Reflect.get(document, "errors") : null;
  return Array.isArray(errors) ? errors.filter(isFault) : [];
}

const isFault = (value: unknown): value is Fault =>
  typeof value === "object" &&
  value !== null &&
  typeof Reflect.get(value, "path") === "string" &&
  typeof Reflect.get(value, "message") === "string";

/** A failure as a sentence for the person in front of the screen. */
export function describe(error: unknown): string {
  if (!(error instanceof Problem)) return "Something went wrong on this page. Reload it and try again.";
  if (error.status === 0) return "Tocsin can't be reached. Check the network and try again.";
  if (error.status === 401) return "Your session has ended. Sign in again.";
  if (error.status === 403) return "You have no right to do this.";
  if (error.status === 404) return "This doesn't exist, or isn't yours to see.";
  if (error.status === 429) return `Too many tries. Wait ${wait(error.retryAfter)} and try again.`;
  if (error.status >= 500) return "Tocsin can't do this just now. Nothing is lost; try again in a moment.";
  if (error.faults.length > 0) return error.faults.map(faultWords).join(" ");
  return error.message;
}

/** A fault as a sentence: `/rules/steps/0/after_seconds` becomes "Rules, steps 1, after seconds …". */
export function faultWords({ path, message }: Fault): string {
  const parts = path.split("/").filter((part) => part !== "");
  const place = parts.reduce((words, part) => {
    if (/^\d+$/.test(part)) return `${words} ${Number(part) + 1}`;
    return `${words}${words && ", "}${part.replaceAll("_", " ")}`;
  }, "");
  const sentence = `${place} ${message}`.trim();
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function wait(seconds: number | null): string {
  if (seconds === null) return "a moment";
  if (seconds < 90) return seconds === 1 ? shown("1 second") : `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
