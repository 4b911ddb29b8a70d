const COMMON = new Set("will may mark rose grace hope joy bill rich young long short white black brown green gray grey good day page case hand love best rice park king".split(" "));
const ACRONYMS = new Set("CT MI PE MR US UA BP HR RR IV IM PO PR ED ER OR AC PC PT OT DC DX TX RX HX SX BM ST CP CV AP PA LP GI GU ID IO LR NS".split(" "));

/** Whether a word in lower case is everyday English. */
export function isCommonWord(word: string): boolean {
  return COMMON.has(word);
}

/** Whether capitals are a clinical abbreviation. */
export function isClinicalAcronym(letters: string): boolean {
  return ACRONYMS.has(letters);
}
