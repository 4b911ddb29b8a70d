import { createRequire } from "node:module";
import type * as Tldts from "tldts";
import {
  CITY,
  FIRST_NAME,
  RARE_NAME,
  SURNAME,
  TOP_FIRST_NAME,
  TOP_SURNAME,
  lookup,
} from "../lists/lexicon.ts";
import { all, eachMatch, pattern, when, where, type Rule } from "./rule.ts";
import { anyOf, both, digit, either, letterThenDigit, pieces } from "./signs.ts";

/** Email addresses, also spelled out (`ana at example dot org`) or spaced apart. */
const email = all(
  pattern(
    /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu,
    "email",
    0.99,
  ),
  pattern(
    /(?<![\w.+-])[\w.+-]{1,64} ?(?:@|[[({] ?at ?[\])}]|\bat\b) ?[\w-]{1,63}(?: ?(?:\.|[[({] ?dot ?[\])}]|\bdot\b) ?[\w-]{1,63}){0,4} ?(?:\.|[[({] ?dot ?[\])}]|\bdot\b) ?(?:com|org|net|edu|gov|io|us|uk|co|health|info|in|mx|ca|de|es|fr)\b/gi,
    "email",
    0.95,
    (match) => /@|[[({] ?at|\bdot\b/i.test(match),
  ),
  pattern(/(?<![\w.+-])[\w.+-]{1,64}@[\w-]{2,63}\b/g, "email", 0.7),
);

const PATH = "(?::\\d{1,5})?(?:[/?#][^\\s<>\"'|\\\\^`{}]{0,2048})?";
/** Addresses that name a terminology or a standard: they identify nobody. */
const PUBLIC =
  /^https?:\/\/(?:[\w-]{1,40}\.){0,3}(?:loinc\.org|snomed\.info|unitsofmeasure\.org|hl7\.org|nlm\.nih\.gov|ihe\.net|dicom\.nema\.org|ama-assn\.org)(?:[/?#]|$)/i;
const trimmed = (regex: RegExp, score: number): Rule => {
  return (text, found) => {
    eachMatch(regex, text, ({ 0: match, index: start }) => {
      if (PUBLIC.test(match)) return;
      const end = start + match.replace(/[.,;:!?)\]]{1,8}$/, "").length;
      found.push({ start, end, kind: "url", score });
    });
  };
};

/** "@jane_doe77": a name in a network. */
const handle = pattern(/(?<![\w.@])@(?=\w{0,30}[\d_])[A-Za-z]\w{2,30}(?![\w.@])/g, "url", 0.6);

const load = createRequire(import.meta.url);
let suffixes: typeof Tldts | undefined;
/** The registered suffixes, loaded once a text has something like a host: that takes a tenth of all loading. */
const registered = (): typeof Tldts => (suffixes ??= load("tldts"));

/** A path of FHIR: "Patient.name". */
const ELEMENT =
  /^(?:Patient|Observation|Encounter|Practitioner|Organization|Location|Condition|Procedure|Medication|Bundle|Device|Specimen|Task|Person|Composition|Consent|Coverage|Claim|Appointment|Slot|Schedule|Immunization)[A-Za-z]{0,20}\.[a-z][A-Za-z.]{1,60}$/;

/** A host with no scheme counts when its suffix is a registered one in lower case ("tests.In" ends a sentence). */
function isHost(match: string, text: string, start: number): boolean {
  if (PUBLIC.test(text.slice(Math.max(0, start - 8), start).replace(/^.*?(?=https?:\/\/$)/i, "") + match))
    return false;
  if (ELEMENT.test(match)) return false;
  const host = match.split(/[/?#:]/, 1)[0] ?? "";
  const suffix = host.slice(host.lastIndexOf(".") + 1);
  if (suffix !== suffix.toLowerCase() && host !== host.toUpperCase()) return false;
  if (/^(?:md|sh|rs|py|zip|mov|so|am|pm|no|st|mg|ml|et)$/i.test(suffix) && !match.includes("/")) return false;
  const { isIcann, domainWithoutSuffix } = registered().parse(host, { validateHostname: true });
  return isIcann === true && (domainWithoutSuffix ?? "").length > 1;
}

const url = all(
  when(
    both(anyOf(":"), pieces("htt|hxx|ftp|wss|ws |tel|mailto|file|smb|s0 |fhir")),
    trimmed(
      /(?<![a-z])(?:https?|hxxps?|ftps?|sftp|wss?|tel|mailto|file|smb|s3|fhir)(?::|\[:\])\/{0,3}[^\s<>"|\\^`{}]{3,2048}/gi,
      0.98,
    ),
  ),
  when(pieces("www "), trimmed(new RegExp(`(?<![\\w@.-])www\\.[\\w.-]{2,255}${PATH}`, "gi"), 0.98)),
  where(
    /[\p{L}\p{N}]\.\p{L}/u,
    pattern(
      new RegExp(
        `(?<![\\w@./-])(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,62})\\.){1,8}\\p{L}{2,24}${PATH}(?<![.,;:!?)\\]])(?![\\w@-])`,
        "gu",
      ),
      "url",
      0.9,
      isHost,
    ),
  ),
  when(
    pieces(" ig|instagram|twitter|snapchat|tiktok|skype|telegram|facebook|linkedin"),
    pattern(
      /(?<!\S)(?:instagram|twitter|ig|snapchat|tiktok|skype|telegram|facebook|linkedin) ?(?:handle|id|user ?name)? ?(?:is|:)? ?@?[\w.]{3,40}(?<=[\w])/gi,
      "url",
      0.6,
      (match) => /@|:|handle|id|name/i.test(match),
    ),
  ),
);

/** The unspecified IPv6 address, where something is bound or routed to it. */
const UNSPECIFIED =
  /(?<=\b(?:to|on|at|from|via|address|host|route|ip|gateway|listens?|listening|bind|bound) )::(?:\/\d{1,3})?(?![\w:])/gi;

const ip = all(
  pattern(
    /(?<![\d.])(?<!\bv(?:er|ersion)?\.? ?)(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)(?:\/\d{1,2}\b)?/gi,
    "ip",
    0.95,
    (match) => match.split(/[./]/, 4).every((part) => Number(part) < 256),
  ),
  pattern(
    /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,8}(?:[0-9a-f]{0,4}|(?:\d{1,3}\.){3}\d{1,3})(?:%\w{1,16})?(?:\/\d{1,3})?(?![\w:])/gi,
    "ip",
    0.95,
    isIpv6,
  ),
  pattern(UNSPECIFIED, "ip", 0.9),
);

function isIpv6(match: string): boolean {
  const groups = match.replace(/[%/].*$/s, "").split(":");
  const full = groups.length + (match.includes(".") ? 1 : 0);
  if (/^\d{1,2}::\d{1,2}$/.test(match)) return false;
  if (match.includes("::")) return full <= 9 && /[0-9a-f]/i.test(match) && !match.includes(":::");
  return full === 8 && groups.every((group) => group !== "");
}

/** Names and secrets for signing in. */
const account = pattern(
  /(?<=\b(?:user ?name|user ?id|login|log-?in|password|passcode|passphrase|pwd|screen ?name|handle)s?(?: (?:is|was|of|for))?[ :="']{1,4})(?=[\w.@!#$%&*+-]{0,63}[\d_@.!#$%&*])[\w.@!#$%&*+-]{3,64}(?<![.,!])/gi,
  "other_id",
  0.8,
);

/** A name for signing in, whose letters are no word: after a word that says so, or a letter and a listed name. */
const user = all(
  pattern(
    /(?<=\b(?:by|as|with|users?|accounts?|login|operator|username|and|(?:name|user|login|id) is) )[a-z]{3,14}\d{2,4}(?![\w@/%-]|\.\w)/g,
    "other_id",
    0.6,
    (match) => isNoWord(match.replace(/\d+$/, "")),
  ),
  pattern(/(?<![\w.@/%+-])[a-z]{5,14}\d{2}(?![\w@/%-])/g, "other_id", 0.6, (match) => {
    const letters = match.slice(0, -2);
    return isNoWord(letters) && (lookup(letters.slice(1)) & (FIRST_NAME | SURNAME)) !== 0;
  }),
);

function isNoWord(letters: string): boolean {
  return (lookup(letters) & ~(FIRST_NAME | SURNAME | TOP_FIRST_NAME | TOP_SURNAME | RARE_NAME | CITY)) === 0;
}

/** Email and web addresses, IP addresses, names for signing in. */
export const internet: Rule = all(
  when(
    either(anyOf("@"), pieces("dot|( at|(at".replaceAll("(", " "))),
    where(/@|[[({] ?at|\bdot\b/i, all(email, handle)),
  ),
  when(anyOf(".:"), url),
  when(pieces("pass|user|login|log in|handle|pwd|screen"), account),
  when(letterThenDigit, user),
  when(either(both(digit, anyOf(".")), anyOf(":")), where(/\d\.\d|:\S*:/, ip)),
);
