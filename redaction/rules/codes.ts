/** Terminologies, trials and standards: their codes are public and identify nobody. */
const SYSTEM =
  /\b(?:snomed(?:[- ]?ct)?|sct|sctid|rxnorm|rxcui|loinc|icd(?:-?\d{1,2})?(?:-cm|-pcs)?|cpt|hcpcs|ndc|cvx|mesh|omim|pmid|doi|isbn|issn|unii|atc|drg|rfc|iso|ansi|nct|oid|cas|ec|lot|batch|taxonomy|rev(?:enue)? codes?|modifiers?|carc|rarc|dicom)\b[^.\n]{0,24}$/i;
/** Before a coded element of FHIR, after one of HL7 v2. */
const FHIR = /"(?:code|valueCode|unit|display|version|status|system|profile|start_code)" ?: ?\[?"$/;
const HL7 =
  /^\^[^|^\n]{0,80}\^(?:SCT|SNM3?|LN|I9C?|I10C?|CVX|NDC|RXNORM|RXN|C4|C5|UCUM|HL7\d{2,5}|L|99\w{1,8})(?![A-Za-z])/;
const FORM =
  /^(?:[A-TV-Z]\d[\dAB]\.[\dA-Z]{1,4}|HL7\d{2,5}|[A-CEGHJ-MP-TV]\d{4}|\d{4}F|99\d{3}-(?:2[1-9]|5\d|[A-Z]{2})|99[2-4]\d{2}|\d{3}[A-Z]{1,2}\d{5}X)$/;

/** Whether the text from `start` to `end` is a public code: ICD, CPT, HCPCS, LOINC, SNOMED, HL7, FHIR and the like. */
export function isPublicCode(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start);
  return (
    FORM.test(text.slice(start, end)) ||
    SYSTEM.test(before) ||
    FHIR.test(before) ||
    HL7.test(text.slice(end, end + 110))
  );
}
