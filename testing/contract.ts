import type { Ajv2020, ValidateFunction } from "ajv/dist/2020.js";
import { inject } from "vitest";
import { NOT_FOR_SUBJECTS } from "../api/middleware/subject.ts";
import { HEADERS } from "../api/http/headers.ts";
import type { Operation, Response as Described } from "../api/openapi/shape.ts";

const real = globalThis.fetch;

/**
 * A `fetch` that holds every answer of the API to the document that the API gives of itself: status, headers, media type
 * and body. An answer that the document does not describe fails the call, whichever test makes it.
 */
export const heldFetch: typeof fetch = async (input, init) => {
  const response = await real(input, init);
  const method = (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
  if (isOurs(response) && method !== "HEAD" && method !== "OPTIONS") await hold(method, response);
  return response;
};

/** Nodes of other versions, which have documents of their own. */
const others = new Set<string>();

/** Holds the answers of a node of another version to nothing. */
export function spare(url: string): void {
  others.add(new URL(url).origin);
}

/** A node marks its answers; a test that serves a part of the API alone has its paths. */
const isOurs = ({ headers, url }: Response): boolean =>
  !others.has(new URL(url).origin) &&
  (headers.has("x-request-id") || new URL(url).pathname.startsWith("/api/"));

const document = inject("apiDocument");

let reader: Ajv2020 | undefined;

/** Made with the first answer: tests that ask nothing of the API don't wait for it. */
async function open(): Promise<Ajv2020> {
  if (reader !== undefined) return reader;
  const [{ Ajv2020 }, { default: formats }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv-formats"),
  ]);
  reader = new Ajv2020({ strict: false, validateSchema: false });
  formats.default(reader);
  return reader.addSchema(document, "document");
}

/** @throws Error that says where answer and document differ */
async function hold(method: string, response: Response): Promise<void> {
  const { pathname } = new URL(response.url);
  const [path, operation] = operationOf(method, pathname) ?? [];
  // No route gave this answer: the router did, with 405, or the dashboard, which is not part of the API.
  if (path === undefined || operation === undefined) return;
  const faults = await differences(path, method, operation, response);
  if (faults.length === 0) return;
  throw new Error(
    `${method} ${path} answered ${response.status} otherwise than its document: ${faults.join("; ")}`,
  );
}

const patterns = Object.keys(document.paths).map(
  (path) => [path, new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`)] as const,
);

function operationOf(method: string, pathname: string): [string, Operation] | null {
  for (const [path, pattern] of patterns) {
    const operation = document.paths[path]?.[method.toLowerCase()];
    if (operation !== undefined && pattern.test(pathname)) return [path, operation];
  }
  return null;
}

async function differences(
  path: string,
  method: string,
  { responses }: Operation,
  response: Response,
): Promise<string[]> {
  const text = await response.clone().text();
  // The document says this of all calls together, where it describes subject tokens.
  if (response.status === 403 && text.includes(NOT_FOR_SUBJECTS)) return [];
  // `default` stands for a fault of the program: no other status may go undescribed.
  const key = response.status in responses || response.status !== 500 ? response.status : "default";
  const described = responses[key];
  if (described === undefined) return [`no such status: ${text}`];
  const place = ["paths", path, method.toLowerCase(), "responses", String(key), "content"];
  const ajv = await open();
  return [...headerFaults(described, response.headers), ...bodyFaults(ajv, place, described, response, text)];
}

function bodyFaults(
  ajv: Ajv2020,
  place: string[],
  { content }: Described,
  { headers }: Response,
  text: string,
): string[] {
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (content === undefined) return text === "" ? [] : [`a body of ${type} that is not described`];
  if (content[type] === undefined) return [`no such media type: ${type}`];
  if (!/[/+]json$/.test(type)) return [];
  const validate = validatorAt(ajv, [...place, type, "schema"]);
  return validate(JSON.parse(text)) ? [] : [ajv.errorsText(validate.errors, { dataVar: "body" })];
}

/** A header that must be there and is not, or is there and not described. */
function headerFaults({ headers = {} }: Described, found: Headers): string[] {
  const missing = Object.entries(headers).flatMap(([name, { required }]) =>
    required === true && !found.has(name) ? [`${name} is missing`] : [],
  );
  const stray = [...Object.keys(HEADERS), "Set-Cookie"].flatMap((name) =>
    found.has(name) && headers[name] === undefined ? [`${name} is not described`] : [],
  );
  return [...missing, ...stray];
}

const validators = new Map<string, ValidateFunction>();

function validatorAt(ajv: Ajv2020, place: string[]): ValidateFunction {
  const pointer = place
    .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  const known = validators.get(pointer) ?? ajv.compile({ $ref: `document#/${pointer}` });
  validators.set(pointer, known);
  return known;
}
