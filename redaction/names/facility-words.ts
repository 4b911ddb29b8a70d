import { words } from "./phrase.ts";

/** Words that make the capitals before them a place of care. */
export const NOUNS = words(
  "living hospital hospitals healthcenter medicalcenter healthsystem hosp clinic clinics infirmary hospice healthcare healthplex sanatorium polyclinic dispensary medcenter pharmacy drugstore laboratory laboratories labs rehabilitation rehab ambulatory orthopedics orthopaedics pediatrics dermatology cardiology oncology radiology imaging dental dentistry physicians associates wellness surgicenter surgery memorial presbyterian methodist university college school institute foundation center centre ctr cntr centers manor nursing health medical med medicine general gen campus lodge hc mc",
);
/** Of these, the ones that need a proper name before them or a second of their kind after. */
export const WEAK = words(
  "living rehabilitation rehab ambulatory orthopedics orthopaedics pediatrics dermatology cardiology oncology radiology imaging dental dentistry physicians associates wellness surgery memorial university college school institute foundation center centre ctr cntr centers manor nursing health medical med medicine general gen campus lodge laboratory laboratories labs pharmacy healthcare rehab hc mc",
);
/** Departments and kinds of care: "Pain Clinic", "Primary Care Center" name no place by themselves. */
export const GENERIC = words(
  "assisted independent nuclear sports laboratory preventive primary urgent emergency acute intensive critical ambulatory outpatient inpatient day walk in same pain wound fracture antenatal prenatal maternity mother baby women womens men mens children childrens child adult senior geriatric pediatric family internal general community regional local main mental behavioral public home long term post acute skilled nursing memory palliative hospice anticoagulation coumadin warfarin diabetes diabetic cardiac heart stroke cancer infusion dialysis transplant trauma burn sleep weight asthma travel flu vaccine vaccination covid screening mobile virtual online telehealth specialty specialist surgical surgery medical clinical health care center clinic hospital university teaching medicine school pharmacy lab laboratory department unit ward national american federal world human services disease control prevention allergy foot eye ear dental hand spine hip knee bone joint vascular vein blood pressure memory pre post op admission discharge the our your my your this that each every any a an hub command call contact data help support service learning testing test referral birth birthing fertility breast lung liver kidney brain skin injury occupational student employee nurse doctor physician patient rehab rehabilitation therapy physical treatment research information poison crisis fitness vision hearing speech prosthetics wellness nutrition education training college institute",
);
export const STARTS = words(
  "remind notify page transfer refer schedule send ask tell meet bring reach arrive register report leave check confirm thank thanks welcome hello hi today tomorrow yesterday when after before is was are has have will if where why how what who update reminder message fwd re note new consult review order admit discharge email text since until during while visit contact call collect see come go attend from at to in the our your admitted seen transfer transferred transferring dear please dr drs mr mrs ms by with and for of on notify page fax via per referred refer patient pt",
);
export const LOWER_NOUNS = words(
  "clinic hospital office branch campus location site practice pharmacy facility ed er urgent infirmary hospice center centre",
);
/** Words that may stand between the capitals of a place's name. */
export const LINKS = words("of the and for at de la del y in");
export const AT = words(
  "at from to in near visiting visited admitted seen treated evaluated via @ through outside leaving left reached with of by toward towards around per for our live lives living lived moved resides residing resident",
);
