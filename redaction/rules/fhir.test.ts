import { describe, expect, it } from "vitest";
import { redact } from "../index.ts";

const text = (message: string): string => redact(message).text;

describe("a resource of FHIR", () => {
  it("loses what its names and addresses hold, whatever words these are", () => {
    expect(text('"name": [{"family": "Margin", "given": ["Plum", "Quest"]}]')).toBe(
      '"name": [{"family": "[NAME]", "given": ["[NAME]", "[NAME]"]}]',
    );
    expect(text('{"line":["9 Elm Walk"],"city":"Table","postalCode":"44123","state":"OH"}')).toBe(
      '{"line":["[LOCATION]"],"city":"[LOCATION]","postalCode":"[LOCATION]","state":"OH"}',
    );
    expect(text("GET /Patient?family=Margin&given:exact=Plum&_count=20 took 80 ms")).toBe(
      "GET /Patient?family=[NAME]&given:exact=[NAME]&_count=20 took 80 ms",
    );
  });

  it("keeps its codes, and the names of resources", () => {
    for (const message of [
      '"code": {"coding": [{"code": "HH", "display": "Critical high"}]}',
      '"family": {"type": "string"}',
      "AdverseEvent and ClinicalImpression are not exported.",
      "ResearchSubject: status candidate",
      "GET /ValueSet?url=x&status=active took 80 ms",
    ])
      expect(text(message)).toBe(message);
  });
});
