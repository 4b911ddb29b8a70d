import { createConfig, lintFromString } from "@redocly/openapi-core";
import { toDocument } from "../../api/openapi/document.ts";
import { routes } from "../../api/routes.ts";

/** Holds the API's document to Redocly's recommended rules; warnings count as faults. */
const config = await createConfig({ extends: ["recommended"] });
const faults = await lintFromString({
  source: JSON.stringify(toDocument(routes)),
  absoluteRef: "openapi.json",
  config,
});
for (const { ruleId, message, location } of faults)
  console.log(`${ruleId}: ${message} (${location.map(({ pointer }) => pointer).join(", ")})`);
process.exitCode = faults.length === 0 ? 0 : 1;
