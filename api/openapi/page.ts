import { PROBLEMS } from "../http/errors.ts";
import { problemsOf, type Route } from "../http/route.ts";
import { CALLERS } from "./callers.ts";

/** A plain page without scripts or styles: the calls, who may make them, and their answers. */
export function toPage(routes: Route[]): string {
  const rows = routes.map((route) => {
    const refusals = [...problemsOf(route)].map((kind) => String(PROBLEMS[kind].status));
    const statuses = new Set([...Object.keys(route.answers), ...refusals.sort()]);
    return (
      `<tr><td><code>${route.method} ${route.path}</code></td><td>${route.summary}</td>` +
      `<td>${CALLERS[route.caller].who}</td><td>${[...statuses].join(" ")}</td></tr>`
    );
  });
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tocsin API</title><h1>Tocsin API</h1>' +
    '<p>The schemas are in <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>' +
    `<table><thead><tr><th>Call</th><th>What it does</th><th>Who</th><th>Answers</th></tr></thead><tbody>${rows.join("")}</tbody></table></html>`
  );
}
