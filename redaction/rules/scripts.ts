import { when, type Rule } from "./rule.ts";
import { beyondAscii } from "./signs.ts";

const OTHER =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Thai}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Ethiopic}]/u;
const RUN = new RegExp(
  `${OTHER.source}[\\p{L}\\p{M}'-]{0,40}(?: ${OTHER.source}[\\p{L}\\p{M}'-]{0,40}){0,4}`,
  "gu",
);

/** In a message in Latin letters, a word or a few in another script are somebody's name. */
export const scripts: Rule = when(beyondAscii, (text, found) => {
  if (!OTHER.test(text)) return;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  const runs = [...text.matchAll(RUN)];
  if (runs.reduce((sum, [run]) => sum + run.length, 0) > latin) return;
  for (const { 0: run, index: start } of runs)
    found.push({ start, end: start + run.length, kind: "name", score: 0.5 });
});
