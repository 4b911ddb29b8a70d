import type { Kind } from "../kinds.ts";
import { eachMatch, type Rule } from "./rule.ts";

/** Elements of FHIR R4 that hold nothing but a name or a place: `HumanName` and `Address`. */
const ELEMENTS: Record<string, Kind> = {
  family: "name",
  given: "name",
  line: "geo",
  city: "geo",
  district: "geo",
  postalCode: "geo",
  birthPlace: "geo",
};
/** An element with one text, or with a list of up to four. */
const ELEMENT =
  /"(family|given|line|city|district|postalCode|birthPlace)" ?: ?(?:\[ ?)?("[^"[\]{}\n]{1,80}"(?: ?, ?"[^"[\]{}\n]{1,80}"){0,3})(?! ?:)/g;
const TEXT = /"([^"]+)"/g;

/** Parameters of a search for people. */
const PARAMETER = /[?&](family|given|name|address-city)(?::(?:exact|contains))?=([^&\s"'<>[\]]{1,60})/g;

/** Elements and searches of FHIR in which the standard has a name or a place. */
export const fhir: Rule = (text, found) => {
  if (text.includes('":') || text.includes('" :'))
    eachMatch(ELEMENT, text, ({ 0: all, 1: element = "", 2: value = "", index }) => {
      const from = index + all.lastIndexOf(value);
      eachMatch(TEXT, value, ({ 1: one = "", index: at }) => {
        const start = from + at + 1;
        const kind = ELEMENTS[element] ?? "name";
        if (/[\p{L}\d]/u.test(one)) found.push({ start, end: start + one.length, kind, score: 0.95 });
      });
    });
  if (text.includes("="))
    eachMatch(PARAMETER, text, ({ 0: all, 1: parameter, 2: value = "", index }) => {
      const start = index + all.length - value.length;
      const kind = parameter === "address-city" ? "geo" : "name";
      if (/\p{L}/u.test(value)) found.push({ start, end: start + value.length, kind, score: 0.95 });
    });
};

/** What a resource is called whose name is of several words; those of one word are words of every day. */
const RESOURCES: ReadonlySet<string> = new Set(
  "ActivityDefinition AdverseEvent AllergyIntolerance AppointmentResponse AuditEvent BiologicallyDerivedProduct BodyStructure CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition ClaimResponse ClinicalImpression CodeSystem CommunicationRequest CompartmentDefinition ConceptMap CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory GraphDefinition GuidanceResponse HealthcareService ImagingStudy ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan MeasureReport MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder ObservationDefinition OperationDefinition OperationOutcome OrganizationAffiliation PaymentNotice PaymentReconciliation PlanDefinition PractitionerRole QuestionnaireResponse RelatedPerson RequestGroup ResearchDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis SearchParameter ServiceRequest SpecimenDefinition StructureDefinition StructureMap SubstanceSpecification SupplyDelivery SupplyRequest TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription CodeableConcept HumanName ContactPoint".split(
    " ",
  ),
);

/** Whether a word is what FHIR calls a resource: "RiskAssessment". */
export const isResource = (word: string): boolean => RESOURCES.has(word);
