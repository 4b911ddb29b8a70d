import type { Candidate } from "../kinds.ts";
import { Form } from "./form.ts";
import { eachMatch, type Rule } from "./rule.ts";
import { both, pieces } from "./signs.ts";

const EXTENSION = "(?:,? ?(?:x|ext\\.?|extension|#) ?:?\\d{1,6})?";
const UNIT = "(?! ?(?:mg|mcg|ml|mL|g|kg|units?|mmol|cells|copies|%|bpm|mmHg)\\b)";

/** North American numbers, plain or disguised with spaces around their separators. */
const NANP = new RegExp(
  `(?<![\\w.-])(?<!\\d[ /])(?:\\+? ?1[ .-]{0,2})?(?:\\(\\s?\\d{3}\\s?\\)\\s{0,2}[.-]?\\s?|\\d{3} ?[./-] ?|\\d{3} )\\d{3}(?: ?[.-] ?| )\\d{4}${EXTENSION}(?![\\w]|-\\d)${UNIT}`,
  "g",
);
const LOCAL = new RegExp(`(?<![\\w./-])\\d{3}[-.]\\d{4}${EXTENSION}(?![\\w]|[-.]\\d)${UNIT}`, "g");
/** With a country code, and seven digits together with it. */
const INTERNATIONAL = /(?<![\w+])(?:\+|00(?=[1-9]\d?[ (-])) ?\d{1,3}(?:[ ().-]{0,3}\d{1,5}){2,7}(?![\w])/g;
const LETTERED = /(?<![\w-])1?[ -]?\(?8(?:00|33|44|55|66|77|88)\)?[ .-][A-Z\d]{3,4}[ .-]?[A-Z\d]{3,8}\b/g;
const LABELLED =
  /\b(fax|facsimile|telefax|phone|ph|tel|telephone|mobile|mob|cell|cellphone|landline|home|work|call(?:ed)?(?: back)?(?: (?:me|us|him|her|them))?(?: (?:at|on))?|callback|text|sms|dial|ring|pager?|beeper|whatsapp|contact|reach(?:ed|able)?|hotline|ext|extension|number)\b(?:[ .]?(?:number|no|num|nr|#|is|was|at|on|to|to:|records to)\b|[ .:#()=/-]){0,5}\+?(\(?\d(?:[ ().-]{0,3}\d){5,14}|\d{4,5}(?=\D|$))(?![\w])/gi;

/** "ext 52", "at x87", "dial 20", "x505": the shortest extensions; "x10 days" and "ext 5/5" are none. */
const SHORT = new Form(
  /(?<![\p{L}\p{N}])(?:ext(?:ension)?\.? ?#?|(?<=\bdial )|(?=x\d{3,6}(?:[ .,;]|$))x|(?<=\b(?:at|on|dial|call|ring|page|reach|phone|desk|is|or|and|,|:) )x ?)\d{2,6}(?![\p{L}\p{N}%^/°-]|\.\d| ?(?:d(?:ays?)?|h(?:ours?|rs?)?|weeks?|doses?|times|mg|ml|min(?:utes)?|mm|cm|degrees)\b)/giu,
);

/** "Reach me at 9643", "wants a callback on 733": a number inside the house, unless it is a time of day. */
const INSIDE = new Form(
  /\b(?:reach(?:ed|able)?|call(?:s|ed)?|call-?back|page[ds]?|picks? up|ring|dial|phone[ds]?|answers?|is|desk|urgent)\b(?: (?!at\b|on\b)\p{L}{1,10}){0,3} (?:at|on) (\d{3,5})(?![\w%:/-]|[.,]\d| ?(?:am|pm|h|hrs?|hours|mg|ml|units?|mmhg|beats|bpm|days?|beds|today|tonight|tomorrow)\b)/giu,
);

/** "Call 98599", "call security 8691", "Urgent: [NAME], 90144": a number inside the house right after who has it. */
const DIRECT = new Form(
  /(?:\b(?:call|dial|ring|page|phone)(?: \p{L}{3,12})?|\[NAME\](?:,| is (?:at|on))?) (\d{4,5}|(?<=(?:call|page|ring|security|\[NAME\] is (?:at|on)) )\d{3}(?=$|[.;)]|,? (?:till?|until|for|and|when|if)\b))(?![\w%:/-]|[.,]\d| ?(?:am|pm|h|hrs?|hours|mg|mcg|ml|units?|beats|bpm|days?|beds|kcal|steps|copies|cells)\b)/giu,
);

/** "1430" and "730": times of day as they are set, in whole five minutes. */
const TIME = /^(?:[01]?\d|2[0-3])[0-5][05]$/;

/** Numbers that everybody dials. */
const SERVICE = /^(?:[2-9]11|988|999|112)$/;

/** What the patterns above begin with. */
const short = pieces("ext|dial | x0| x 0");
const inside = both(
  pieces("reach|call|page|pick|ring|dial|phone|answer| is |desk|urgent"),
  pieces(" at | on "),
);
const direct = pieces("call|dial|ring|page|phone|name ");
const announced = pieces(
  "fax|facsimile|phone| ph |tel|mob|cell|landline|home|work|call|text|sms|dial|ring|page|beeper|whatsapp|contact|reach|hotline|ext|number",
);

/** Telephone and fax numbers, with their extensions. */
export const phones: Rule = (text, found, signs) => {
  const { digits } = signs;
  const add = (start: number, match: string, score: number) => {
    const fax = /\b(?:fax|facsimile|telefax|f)\b[^.;\n]{0,24}$/i.test(
      text.slice(Math.max(0, start - 32), start),
    );
    const candidate: Candidate = { start, end: start + match.length, kind: fax ? "fax" : "phone", score };
    found.push(candidate);
  };
  if (digits > 9) eachMatch(NANP, text, ({ 0: match, index }) => add(index, match, 0.9));
  if (digits > 6) eachMatch(LOCAL, text, ({ 0: match, index }) => add(index, match, 0.7));
  if (short(signs)) eachMatch(SHORT.for(signs), text, ({ 0: match, index }) => add(index, match, 0.8));
  if (/8\d\d/.test(text)) eachMatch(LETTERED, text, ({ 0: match, index }) => add(index, match, 0.8));
  eachMatch(INTERNATIONAL, text, ({ 0: match, index }) => {
    if (match.replace(/\D/g, "").length > 6) add(index, match, 0.9);
  });
  if (digits < 3) return;
  if (inside(signs))
    eachMatch(INSIDE.for(signs), text, ({ 0: match, 1: number = "", index }) => {
      if (!TIME.test(number) && (number.length === 5 || !/^is\b/i.test(match)))
        add(index + match.length - number.length, number, 0.6);
    });
  if (direct(signs))
    eachMatch(DIRECT.for(signs), text, ({ 0: match, 1: number = "", index }) => {
      if (
        number.length === 5 ||
        !(TIME.test(number) || SERVICE.test(number) || /^(?:19|20)\d\d$/.test(number))
      )
        add(index + match.length - number.length, number, 0.6);
    });
  if (announced(signs))
    eachMatch(LABELLED, text, ({ 0: match, 1: label = "", 2: number = "", index }) => {
      const short = /^\d{4,5}$/.test(number);
      if (short && !/^(?:page|pager|beeper|ext|extension)$/i.test(label)) return;
      if (/^number$/i.test(label) && number.replace(/\D/g, "").length < 7) return;
      const plus = match.at(-number.length - 1) === "+" ? 1 : 0;
      add(index + match.length - number.length - plus, match.slice(-number.length - plus), 0.85);
    });
};
