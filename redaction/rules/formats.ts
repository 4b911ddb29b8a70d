import { all, pattern, when, where, type Rule } from "./rule.ts";
import {
  anyOf,
  both,
  digit,
  digits,
  digitThenLetter,
  either,
  inARow,
  letterThenDigit,
  pieces,
} from "./signs.ts";
import { ibanValid, luhnValid, vinValid } from "./checksums.ts";

/** Identifiers that their form alone gives away. */
const ssn = all(
  when(digits(9), pattern(/(?<![\w.-])\d{3}([ .-])\d{2}\1\d{4}(?![\w]|-\d)/g, "ssn", 0.9)),
  when(digits(4), pattern(/(?<!\w)(?:[X*#•]{3}[ -]?[X*#•]{2}[ -]?)\d{4}(?!\w)/gi, "ssn", 0.9)),
);

const card = pattern(/(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w]|[.-]\d)/g, "account", 0.8, (match) => {
  const digits = match.replace(/\D/g, "");
  return luhnValid(digits) || /^(?:\d{4}[ -]){3}\d{1,7}$|^\d{4}[ -]\d{6}[ -]\d{5}$|^\d{12,19}$/.test(match);
});

const iban = pattern(
  /(?<![\w])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?(?!\w)/gi,
  "account",
  0.9,
  (match) => ibanValid(match) || /^[A-Z]{2}\d{2}[A-Z]{0,4}\d{8}/i.test(match.replace(/[ -]/g, "")),
);

const wallet = all(
  pattern(/(?<!\w)(?:bc1|tb1)[02-9ac-hj-np-z]{20,80}(?!\w)/gi, "account", 0.95),
  pattern(
    /(?<!\w)[13mn2][1-9A-HJ-NP-Za-km-z]{25,39}(?!\w)/g,
    "account",
    0.9,
    (match) => /\d/.test(match.slice(1)) && /[A-Z]/.test(match) && /[a-z]/.test(match),
  ),
  pattern(/(?<!\w)0x[0-9a-f]{40}(?!\w)/gi, "account", 0.95),
);

/** Medicare beneficiary identifier (CMS grammar), with or without its dashes. */
const mbi = pattern(
  /(?<!\w)[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?!\w)/gi,
  "health_plan",
  0.95,
);
const hicn = pattern(/(?<![\w-])\d{3}-\d{2}-\d{4}-?(?:[A-FJKTW]\d?|[MT]\d?)(?!\w)/g, "health_plan", 0.95);

const vin = pattern(
  /(?<!\w)[A-HJ-NPR-Z0-9]{17}(?!\w)/gi,
  "vehicle",
  0.9,
  (match) => vinValid(match) || (/\d{4}$/.test(match) && /[A-Z]/i.test(match.slice(0, 11))),
);

const mac = all(
  pattern(
    /(?<![\w:-])(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4,6}[0-9a-f]{2}(?![\w]|[:-][0-9a-f])/gi,
    "device",
    0.95,
  ),
  pattern(/(?<![\w.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\w])/gi, "device", 0.95),
);
/** Unique device identifiers: GS1 element strings, HIBCC and ICCBBA forms. */
const udi = all(
  pattern(/(?<!\w)\(01\) ?\d{14}(?: ?\((?:10|11|17|21|240|30)\) ?[\w./-]{1,24}){0,6}/g, "device", 0.95),
  pattern(/(?<!\w)01\d{14}(?:(?:11|17)\d{6}){0,2}(?:(?:10|21)\w{1,20})?(?!\w)/g, "device", 0.9),
  pattern(/(?<![\w])\+[A-Z]\d{3}[A-Z0-9]{1,18}\d(?:\/[\w$+]{1,40}){0,6}/g, "device", 0.9),
  pattern(/(?<!\w)=\/[A-Z0-9]{10,16}(?:=,?[\w/]{1,24}){0,4}/g, "device", 0.9),
);
const imei = pattern(/(?<![\w-])\d{2}-\d{6}-\d{6}-\d(?!\w)/g, "device", 0.95);

const photo = pattern(
  /(?<![\w/.-])(?:[\w-]{1,80}(?:\.[\w-]{1,40}){0,3})\.(?:jpe?g|png|heic|heif|tiff?|bmp|gif|webp|dcm|dicom|mp4|mov|avi|raw)(?!\w)/gi,
  "photo",
  0.9,
);

/** National insurance and similar numbers that come in pairs. */
const paired = pattern(/(?<!\w)[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/g, "ssn", 0.85);

/** A reference to a resource of FHIR: "Patient/n4w3-17". */
const reference = pattern(
  /(?<=\b(?:Patient|Practitioner|RelatedPerson|Person|Encounter|Observation|Specimen|Device|Group|Account|Appointment|CareTeam|Condition|Coverage|DiagnosticReport|DocumentReference|EpisodeOfCare|ImagingStudy|MedicationRequest|Procedure|ServiceRequest|Task)\/)(?=[A-Za-z-]{0,60}\d)[A-Za-z0-9-]{4,64}(?![\w/])/g,
  "other_id",
  0.7,
);

const uuid = pattern(/(?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)/gi, "other_id", 0.9);
const oid = pattern(/(?<![\w.])[12]\.\d{1,4}(?:\.\d{1,12}){4,14}(?!\w)/g, "other_id", 0.7);

export const formats: Rule = all(
  when(both(anyOf("."), pieces(" jp| png| hei| tif| bmp| gif| web| dcm| dic| mp0| mov| avi| raw")), photo),
  when(anyOf(":-."), where(/[:-]..[:-]|\..{4}\./, mac)),
  when(
    digit,
    all(
      ssn,
      when(digits(10), where(/\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d[ -]?\d/, card)),
      when(letterThenDigit, where(/[A-Z]{2}\d\d/i, all(iban, paired))),
      when(digits(6), where(/[A-Z]{2} \d/, paired)),
      when(inARow(17), all(wallet, vin)),
      when(digitThenLetter, mbi),
      when(both(digits(9), anyOf("-")), where(/\d-\d/, all(hicn, imei))),
      when(either(digits(16), anyOf("+/")), where(/\(01\)|\d{16}|\+[A-Z]|=\//, udi)),
      when(both(inARow(12), anyOf("-")), uuid),
      when(both(digits(6), anyOf(".")), where(/[12]\.\d/, oid)),
      when(anyOf("/"), where(/[a-z]\/[A-Za-z0-9]/, reference)),
    ),
  ),
);
