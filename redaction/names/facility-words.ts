import { words } from "./words.ts";

/** Words that make the capitals before them a place of care. */
export const NOUNS = words(
  "living hospital hospitals healthcenter medicalcenter healthsystem hosp clinic clinics infirmary hospice healthcare healthplex sanatorium polyclinic dispensary medcenter pharmacy drugstore laboratory laboratories labs rehabilitation rehab ambulatory orthopedics orthopaedics pediatrics dermatology cardiology oncology radiology imaging dental dentistry physicians associates wellness surgicenter surgery memorial presbyterian methodist university college school institute foundation center centre ctr cntr centers manor nursing health medical med medicine general gen campus lodge hc mc",
);
export const STARTS = words(
  "remind notify page transfer refer schedule send ask tell meet bring reach arrive register report leave check confirm thank thanks welcome hello hi today tomorrow yesterday when after before is was are has have will if where why how what who update reminder message fwd re note new consult review order admit discharge email text since until during while visit contact call collect see come go attend from at to in the our your admitted seen transfer transferred transferring dear please dr drs mr mrs ms by with and for of on notify page fax via per referred refer patient pt",
);
/** Words that may stand between the capitals of a place's name. */
export const LINKS = words("of the and for at de la del y in");
export const AT = words(
  "at from to in near visiting visited admitted seen treated evaluated via @ through outside leaving left reached with of by toward towards around per for our live lives living lived moved resides residing resident",
);
