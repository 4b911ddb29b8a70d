import Router from "koa-router";
import { openApiDocument } from "./document.ts";
import { operations } from "./operations.ts";

/** The API's description, for programs and for people. */
export function openApiRoutes(): Router {
  const document = openApiDocument();
  const page = toPage();
  const router = new Router({ prefix: "/api" });
  router.get("/openapi.json", (ctx) => {
    ctx.body = document;
  });
  router.get("/docs", (ctx) => {
    ctx.type = "text/html; charset=utf-8";
    ctx.body = page;
  });
  return router;
}

const WHO = {
  service: "a service's key",
  person: "a signed-in person",
  either: "a service's key or a signed-in person",
  anyone: "anyone",
};

/** A plain page without scripts or styles: the calls, who may make them, and their answers. */
function toPage(): string {
  const rows = Object.entries(operations).map(
    ([call, { summary, caller, answers, problems }]) =>
      `<tr><td><code>${call}</code></td><td>${summary}</td><td>${WHO[caller]}</td>` +
      `<td>${[...Object.keys(answers), ...problems].join(" ")}</td></tr>`,
  );
  return (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tocsin API</title><h1>Tocsin API</h1>' +
    '<p>The schemas are in <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1).</p>' +
    `<table><thead><tr><th>Call</th><th>What it does</th><th>Who</th><th>Answers</th></tr></thead><tbody>${rows.join("")}</tbody></table></html>`
  );
}
