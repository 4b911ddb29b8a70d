import { expect, it } from "vitest";
import { redact } from "../index.ts";
import { corpus } from "../corpus/corpus.ts";
import { MODEL } from "./model.ts";
import { Scorer } from "./scorer.ts";
import { signalsOf } from "./signals.ts";
import { tokenize } from "./tokens.ts";
import { Words } from "./word.ts";

it("weighs a text as if it had read none before", () => {
  for (const { text } of corpus()) {
    const words = new Words();
    const sentence = (read: string) => signalsOf(tokenize(read, words), read, MODEL.vocabulary);
    const scorer = new Scorer(MODEL);
    scorer.scoresOf(sentence(text));
    const again = redact(text).text;
    expect(scorer.scoresOf(sentence(again)), again).toEqual(new Scorer(MODEL).scoresOf(sentence(again)));
  }
});
