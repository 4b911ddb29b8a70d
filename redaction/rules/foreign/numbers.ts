import type { Kind } from "../../kinds.ts";
import { bsnValid, dniValid, kvnrValid, nhsValid, nirValid } from "../checksums.ts";
import { all, pattern, when, where, type Rule } from "../rule.ts";
import { both, digits, inARow, letterThenDigit, pieces } from "../signs.ts";

const FREE = "(?<![\\p{L}\\p{N}.,/-])";
const END = "(?![\\p{L}\\p{N}]|[.,-]\\p{N})";

/** "93 años", "97 ans", "93-jährige", "93 jaar"; not "hace 95 años", which is how long ago something was. */
const ages: Rule = pattern(
  /(?<![\p{L}\p{N}.,/-])(?<!(?<!\p{L})(?:hace|desde|durante|depuis|pendant|il y a|seit|vor|sinds|gedurende|voor) )(?:9\d|1[01]\d)(?=(?: ?- ?| )(?:años|ans|jahre[ns]?|jaar|jährige?[nrsm]?|jarige?)(?!\p{L}))/giu,
  "age90",
  0.95,
);

/** French numbers in pairs, and extensions after the words that other countries have for them. */
const phones: Rule = all(
  when(
    digits(10),
    where(
      /0\d[ .-]\d\d/,
      pattern(
        /(?<![\p{L}\p{N}.,/+-])0[1-9](?:([ .-])\d\d)(?:\1\d\d){3}(?![\p{L}\p{N}]|[.-]\d)/gu,
        "phone",
        0.9,
      ),
    ),
  ),
  when(
    pieces("000 00 00"),
    pattern(/(?<![\p{L}\p{N}.,/+-])[6-9]\d\d \d\d \d\d \d\d(?![\p{L}\p{N}]|[.-]\d)/gu, "phone", 0.85),
  ),
  when(
    pieces("durchwahl|nebenstelle|poste|toestel|bleep|busca|anexo|extensi|interno|piep|sein"),
    pattern(
      /(?<=(?<!\p{L})(?:durchwahl|nebenstelle|poste|toestel|bleep|busca|anexo|extensión|interno|pieper|sein|piepser) (?:n[.ºo°]* )?)\d{2,6}(?![\p{L}\p{N}%]|[.,/]\d)/giu,
      "phone",
      0.8,
    ),
  ),
  when(pieces("tel"), pattern(/(?<=(?<!\p{L})tel(?:efon|\.)?:? ?)-\d{2,6}(?![\p{L}\p{N}])/giu, "phone", 0.8)),
);

/** A telephone number behind a word for facsimile. */
const fax: Rule = pattern(
  /(?<=(?<!\p{L})(?:fax|télécopie)(?: \p{L}{1,12}){0,3} ?: ?)\+?\d(?:[ .-]?\d){6,13}(?![\p{L}\p{N}])/giu,
  "fax",
  0.95,
);

const national = (source: string, kind: Kind, isValid: (digits: string) => boolean): Rule =>
  pattern(new RegExp(`${FREE}(?:${source})${END}`, "gu"), kind, 0.96, (match) =>
    isValid(match.replace(/[ .-]/g, "")),
  );

/** Numbers of a country, each by its form and its check digit; without a right one, other rules name them. */
const nationals: Rule = all(
  where(
    /[12] ?\d\d ?\d\d ?\d[\dAB]/,
    all(
      national("[12] ?\\d\\d ?\\d\\d ?\\d[\\dAB] ?\\d{3} ?\\d{3} ?\\d\\d", "ssn", nirValid),
      pattern(/(?<![\p{L}\p{N}.,-])[12] \d\d \d\d \d[\dAB] \d{3} \d{3} \d\d(?![\p{L}\p{N}])/gu, "ssn", 0.9),
    ),
  ),
  where(
    /[XYZ]-?\d|\d-?[A-Z]/,
    national("[XYZ]?-?\\d{7,8}-?[A-Z]|\\d{2}\\.\\d{3}\\.\\d{3}-?[A-Z]", "other_id", dniValid),
  ),
  when(both(letterThenDigit, inARow(10)), national("[A-Z]\\d{9}", "health_plan", kvnrValid)),
  where(/nhs/i, national("\\d{3} ?\\d{3} ?\\d{4}", "mrn", nhsValid)),
  where(/bsn|burgerservice|sofi/i, national("\\d{9}|\\d{4}[ .]\\d{2}[ .]\\d{3}", "ssn", bsnValid)),
);

/** Ages, telephones and national numbers as other countries write them. */
export const numbers: Rule = all(
  when(pieces("años| ans |jahr|jaar|jähr|jarig"), ages),
  phones,
  when(pieces("fax|télécopie"), fax),
  when(digits(7), where(/\d{5}|\d{3}[ .]\d{3}/, nationals)),
);
