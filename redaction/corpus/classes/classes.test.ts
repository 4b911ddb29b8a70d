import { describe, expect, it } from "vitest";
import { redact } from "../../index.ts";
import { classes, leaks, type Message } from "../corpus.ts";

/** Whether nothing that identifies somebody is left of a message, and nothing is gone from one that holds nothing. */
function isRight(message: Message): boolean {
  const { spans } = redact(message.text);
  return message.spans.length === 0 ? spans.length === 0 : leaks(message, spans).length === 0;
}

describe("the classes of error, on messages that nothing was trained with", () => {
  const all = classes();

  it("are twenty of twenty messages, of which at least half hold nothing to hide", () => {
    expect(all.size).toBe(20);
    for (const [name, messages] of all) {
      expect(messages.length, name).toBe(20);
      expect(messages.filter(({ spans }) => spans.length === 0).length, name).toBeGreaterThanOrEqual(10);
    }
  });

  it("are read rightly in 95 of 100 messages, and in 8 of 10 of each class", () => {
    const wrong = [...all].flatMap(([name, messages]) =>
      messages.filter((message) => !isRight(message)).map(({ text }) => `${name}: ${text}`),
    );
    expect(wrong.length, wrong.join("\n")).toBeLessThanOrEqual(20);
    for (const [name, messages] of all)
      expect(messages.filter(isRight).length, name).toBeGreaterThanOrEqual(16);
  });
});
