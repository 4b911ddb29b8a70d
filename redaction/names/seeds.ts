import { FIRST_NAME, TOP_FIRST_NAME } from "../lists/lexicon.ts";
import { isInitialName, isInnerName } from "./capitals.ts";
import { isCapsName, isLowerName, isShoutedName } from "./cases.ts";
import { fills, slotBefore } from "./slots.ts";
import type { Style } from "./style.ts";
import { has, isHard, isListed, type Token } from "./tokens.ts";
import { CREDENTIALS, NOBODY } from "./vocabulary.ts";

/** Whether the token at `i` is a name by what it is and where it stands, before its neighbours are tried. */
export function isSeed(tokens: readonly Token[], i: number, style: Style): boolean {
  const token = tokens[i];
  if (token === undefined || token.code || token.camel || compounds(tokens, i)) return false;
  if (!token.capital && isHard(token) && !has(token, TOP_FIRST_NAME)) return false;
  const slot = slotBefore(tokens, i);
  if (slot !== "title" && (isThing(tokens, i) || isDrug(tokens, i))) return false;
  if (slot !== "none" && fills(token, slot, style)) return true;
  if (
    credentialAfter(tokens, i) &&
    token.capital &&
    !NOBODY.has(token.word) &&
    (!isHard(token) || isListed(token))
  )
    return true;
  if (token.word.length < 2) return false;
  if (!token.capital) return !style.foreign && isLowerName(tokens, i);
  if (token.gap.endsWith("@") && (!isHard(token) || (token.capital && isListed(token)))) return true;
  if (token.caps && !style.shouting) return isCapsName(tokens, i);
  if (style.shouting) return isShoutedName(tokens, i);
  if (!token.initial) return isInnerName(tokens, i, style);
  return isInitialName(tokens, i, style);
}

/** Half of a compound whose other half is a word: "Mini-Mental". */
function compounds(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined) return false;
  const other = next?.gap === "-" ? next : token.gap === "-" ? tokens[i - 1] : undefined;
  return other !== undefined && !has(token, FIRST_NAME) && isHard(other) && !isListed(other);
}

/** "Juno panel", "Elin score": a thing named like a person. */
function isThing(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  const next = tokens[i + 1];
  return (
    token?.possessive === false &&
    next?.gap === " " &&
    !next.capital &&
    /^(?:panel|procedure|tablets?|capsules?|cream|gel|syndrome|score|scale|test|assay|trial|study|protocol|kit|device|system|app|pump|catheter|stent|valve|implant|injection|infusion|solution|vaccine|software|server|module|interface|platform|api|version|mask|tube|drain|needle|dressing|bed|monitor|method|technique|criteria|index|virus|strain|antigen|antibody|factor|regimen|questionnaire|inventory|exam|device|diet|formula|reaction|stain|agar|phenomenon)$/.test(
      next.word,
    )
  );
}

/** An unlisted word where a drug is meant: "start Xyzal", "Xyzal 5 mg". */
function isDrug(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || isListed(token)) return false;
  if (
    /^ \d[\d.,]{0,7} ?$/.test(next?.gap ?? "") &&
    /^(?:mg|mcg|g|ml|units?|iu|tabs?|tablets?|caps|puffs?|drops|patch|meq|mmol)$/.test(next?.word ?? "")
  )
    return true;
  return (
    token.gap === " " &&
    /^(?:consider|start|starting|started|restart|continue|continued|discontinue|discontinued|stop|stopped|hold|held|resume|resumed|taper|titrate|prescribe|prescribed|dispense|dispensed|refill|taking|takes|took|dose|doses)$/.test(
      before?.word ?? "",
    )
  );
}

function credentialAfter(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  return (
    next !== undefined &&
    CREDENTIALS.has(next.word) &&
    /^,? $/.test(next.gap) &&
    (next.caps || /^(?:Jr|Sr|PhD|PharmD|Esq)$/.test(next.text)) &&
    !/^(?:ot|pt|od|do|rd|edd|ii|iii|iv|dc|np|pa)$/.test(next.word) === true
  );
}
