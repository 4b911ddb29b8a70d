import type { Candidate, Kind } from "../kinds.ts";
import { extend } from "./extend.ts";
import type { Scorer } from "./scorer.ts";
import { signalsOf } from "./signals.ts";
import { decode, jointsOf, type Model } from "./tagger.ts";
import { tokenize, type Token } from "./tokens.ts";
import type { Words } from "./word.ts";

/** Names of people, places and facilities: identifiers that words give away, and not figures. */
export function findPeople(
  text: string,
  model: Model,
  words: Words,
  scorer: Scorer,
  found: Candidate[],
): void {
  const tokens = tokenize(text, words);
  if (tokens.length === 0) return;
  const sentence = signalsOf(tokens, text, model.vocabulary);
  const labels = decode(scorer.scoresOf(sentence), jointsOf(sentence.each), model.steps);
  extend(text, tokens, sentence, labels);
  emit(text, tokens, labels, found);
}

const KINDS: readonly (Kind | null)[] = [null, "name", "geo", "facility"];
/** The gaps that may stand between two words of one name, and between two of a place. */
const INSIDE_NAME = /^(?:[ .'-]{1,2}|, ?|\^{1,2}| \(?"|" )$/;
const INSIDE_PLACE = /^(?:[ .'&/+-]{1,3}|, )$/;

/** One candidate for each run of tokens with the same label that stand together. */
function emit(text: string, tokens: readonly Token[], labels: Uint8Array, found: Candidate[]): void {
  let span: Candidate | undefined;
  tokens.forEach((token, i) => {
    const kind = KINDS[labels[i] ?? 0] ?? null;
    if (kind === null) {
      span = undefined;
      return;
    }
    const name = kind === "name";
    const dotted = name && token.word.length === 1 && text.charAt(token.end) === "." ? 1 : 0;
    const end = (name ? token.end : token.close) + dotted;
    const joins =
      (name ? INSIDE_NAME : INSIDE_PLACE).test(token.gap) && !(name && tokens[i - 1]?.possessive === true);
    if (span?.kind === kind && joins) span.end = end;
    else {
      span = { start: token.start, end, kind, score: 0.6 };
      found.push(span);
    }
  });
}
