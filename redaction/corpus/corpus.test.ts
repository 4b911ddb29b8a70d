import { describe, expect, it } from "vitest";
import { KINDS, redact, type Kind } from "../index.ts";
import { corpus, leaks } from "./corpus.ts";

const STRUCTURED = new Set<Kind>(KINDS.filter((kind) => !["name", "geo", "facility"].includes(kind)));
const messages = corpus().map((message) => {
  const { text, spans } = redact(message.text);
  return { ...message, redacted: text, leaked: leaks(message, spans) };
});
const clean = messages.filter(({ spans }) => spans.length === 0);
const recall = (wanted: (kind: Kind) => boolean): number => {
  const all = messages.flatMap(({ spans }) => spans).filter(({ kind }) => wanted(kind)).length;
  const lost = messages.flatMap(({ leaked }) => leaked).filter(({ kind }) => wanted(kind)).length;
  return 1 - lost / all;
};

describe("the corpus", () => {
  it("has 400 messages, 120 of them clean, and every kind", () => {
    expect(messages.length).toBeGreaterThanOrEqual(400);
    expect(clean.length).toBeGreaterThanOrEqual(120);
    expect(new Set(messages.flatMap(({ spans }) => spans.map(({ kind }) => kind)))).toEqual(new Set(KINDS));
  });

  it("loses 99.5 % of its identifiers, 99 % of names, 99.8 % of those with a structure", () => {
    const shown = messages.filter(({ leaked }) => leaked.length > 0).map(({ redacted }) => redacted);
    expect(
      recall(() => true),
      shown.join("\n"),
    ).toBeGreaterThanOrEqual(0.995);
    expect(
      recall((kind) => kind === "name"),
      shown.join("\n"),
    ).toBeGreaterThanOrEqual(0.99);
    expect(
      recall((kind) => STRUCTURED.has(kind)),
      shown.join("\n"),
    ).toBeGreaterThanOrEqual(0.998);
  });

  it("keeps 98 % of its clean messages as they are", () => {
    const changed = clean.filter(({ text, redacted }) => text !== redacted);
    const shown = changed.map(({ redacted }) => redacted).join("\n");
    expect(1 - changed.length / clean.length, shown).toBeGreaterThanOrEqual(0.98);
  });
});
