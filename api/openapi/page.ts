import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonSchema } from "./schemas.ts";
import type { OpenApi, Operation, Parameter, Response } from "./shape.ts";

/** The document as a page, and the policy under which a browser shows it. */
export interface DocumentPage {
  html: string;
  policy: string;
}

const read = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8").trim();

/** A page that shows every call with examples, and makes calls: by a key that is typed in and kept nowhere, or as whoever is signed in. */
export function toPage(document: OpenApi): DocumentPage {
  const [script, style] = [read("page.mjs"), read("page.css")];
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>Tocsin API</title><style>${style}</style></head><body><main><h1>Tocsin API</h1>` +
    '<p>For programs: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1) and, for the live channel, ' +
    '<a href="/api/asyncapi.json">/api/asyncapi.json</a> (AsyncAPI 3).</p>' +
    '<p><label>A service\'s key, to try calls with <input id="key" type="password" autocomplete="off"></label> ' +
    "Without one, calls are made as whoever is signed in in this browser.</p>" +
    `${sectionsOf(document).join("")}</main><script type="module">${script}</script></body></html>`;
  return { html, policy: policyOf(script, style) };
}

/** Nothing runs or is loaded but the page's own script and style, and it asks this site alone. */
function policyOf(script: string, style: string): string {
  const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function sectionsOf({ paths, tags }: OpenApi): string[] {
  const calls = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ path, method, operation })),
  );
  return tags.map(({ name, description }) => {
    const own = calls.filter(({ operation }) => operation.tags.includes(name));
    const all = own.map(({ path, method, operation }) => callOf(method.toUpperCase(), path, operation));
    return `<section><h2>${escape(name)}</h2><p>${escape(description)}</p>${all.join("")}</section>`;
  });
}

function callOf(method: string, path: string, operation: Operation): string {
  const { operationId, summary, description, responses } = operation;
  const confirmed =
    operation["x-tocsin-confirmed"] === undefined
      ? ""
      : " The password, or a code, has to have been shown in the last ten minutes.";
  const answers = Object.entries(responses).map(([status, response]) => answerOf(status, response));
  return (
    `<details id="${operationId}"><summary><code>${method} ${escape(path)}</code> ${escape(summary)}</summary>` +
    `<p>${escape(description + confirmed)}</p>${formOf(method, path, operation)}` +
    `<h3>Answers</h3><dl>${answers.join("")}</dl></details>`
  );
}

function formOf(method: string, path: string, { security, parameters = [], requestBody }: Operation): string {
  const [[type, content] = []] = Object.entries(requestBody?.content ?? {});
  const body =
    type === undefined
      ? ""
      : `<label>Body, ${escape(type)}<textarea name="body" rows="8" spellcheck="false" data-type="${escape(type)}">${escape(toText(content?.example))}</textarea></label>`;
  const byKey = security.some((one) => "key" in one);
  return (
    `<form data-method="${method}" data-path="${escape(path)}"${byKey ? " data-key" : ""}>` +
    `${parameters.map(fieldOf).join("")}${body}<button>Try it</button><output></output></form>`
  );
}

function fieldOf({ name, in: place, description = "", required, schema }: Parameter): string {
  const what = [`${place}${required ? "" : ", optional"}`, description].filter(Boolean).join(". ");
  const example = exampleOf(schema);
  return (
    `<label><code>${escape(name)}</code> <small>${escape(what)}</small>` +
    `<input name="${escape(name)}" data-in="${place}"${required ? " required" : ""}${example === "" ? "" : ` placeholder="${escape(example)}"`}></label>`
  );
}

function exampleOf({ examples, enum: values }: JsonSchema): string {
  const [example] = Array.isArray(examples) ? examples : Array.isArray(values) ? [values.join(" | ")] : [];
  return example === undefined ? "" : String(example);
}

function answerOf(status: string, { description, content = {} }: Response): string {
  const examples = Object.values(content).flatMap(({ example }) =>
    example === undefined ? [] : [`<pre>${escape(toText(example))}</pre>`],
  );
  return `<dt>${status}</dt><dd>${escape(description)}${examples.join("")}</dd>`;
}

const toText = (example: unknown): string => (example === undefined ? "" : JSON.stringify(example, null, 2));

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (one) => ENTITIES[one] ?? one);
