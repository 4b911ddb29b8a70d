import { inventedName, PEOPLE } from "./people.ts";
import type { Random } from "./random.ts";
import { capitalise, list, vocabulary } from "./words.ts";

const cities = list("cities");
const plainCities = vocabulary("places-plain");
const listed = list("facilities");
const coined = vocabulary("facilities-coined");
const plain = vocabulary("facilities-plain");

const END = "ville,ton,burg,field,ford,dale,port,wood,mont,ham,stead,bury,haven,ridge".split(",");
const BEFORE = "Lake,Port,Fort,Mount,New,North,South,East,West,San,Santa,St.,El,Glen,Cape,Upper,Old".split(
  ",",
);
const AFTER =
  "Springs,Falls,Creek,Heights,Beach,Park,City,Hills,Grove,Bay,Rapids,Junction,Valley,Harbor".split(",");
const STREET =
  "Street,St,Avenue,Ave,Road,Rd,Drive,Dr,Lane,Ln,Court,Ct,Way,Boulevard,Blvd,Place,Terrace,Circle,Parkway,Trail,Pike,Row".split(
    ",",
  );
const KIND =
  "Hospital,Hospital,Medical Center,Medical Center,Regional Medical Center,Memorial Hospital,General Hospital,Community Hospital,Clinic,Family Clinic,Health Center,Health System,Urgent Care,Family Practice,Medical Group,Cancer Center,Surgery Center,Nursing Home,Rehab,Rehabilitation Center,Hospice,Pharmacy,Dental,Pediatrics,Dialysis Center,Care Center,Imaging,Infirmary,University Hospital,Children's Hospital,Health,Healthcare,Medical Associates,Orthopedics,Assisted Living,Senior Living,Eye Institute,Women's Center".split(
    ",",
  );

function proper(random: Random): string {
  const at = random.next();
  if (at < 0.35) return capitalise(random.pick(cities));
  if (at < 0.55) return PEOPLE["last"]?.(random) ?? inventedName(random);
  if (at < 0.7) return random.pick(plainCities);
  if (at < 0.85) return inventedName(random);
  return `${inventedName(random)}${random.pick(END)}`.replace(
    /^(.)(.*)$/,
    (_, a: string, b: string) => a + b.toLowerCase(),
  );
}

function city(random: Random): string {
  const at = random.next();
  if (at < 0.5) return capitalise(random.pick(cities));
  if (at < 0.62) return random.pick(plainCities);
  if (at < 0.74) return `${random.pick(BEFORE)} ${proper(random)}`;
  if (at < 0.84) return `${proper(random)} ${random.pick(AFTER)}`;
  if (at < 0.92) return capitalise(inventedName(random).toLowerCase() + random.pick(END));
  return inventedName(random);
}

function streetName(random: Random): string {
  const name = random.chance(0.15)
    ? `${random.int(1, 99)}${random.pick(["th", "st"])}`
    : random.chance(0.4)
      ? random.pick(
          "Oak,Maple,Main,Park,Elm,Washington,Cedar,Hill,Lake,Pine,Church,Mill,Spring,Ridge,River".split(","),
        )
      : proper(random);
  return `${random.chance(0.15) ? `${random.pick(["N", "S", "E", "W", "North", "West"])} ` : ""}${name} ${random.pick(STREET)}`;
}

function saint(random: Random): string {
  const name = capitalise(
    random.pick([
      "mary",
      "joseph",
      "luke",
      "anne",
      "john",
      "vincent",
      "francis",
      "jude",
      "clare",
      "agnes",
      "columba",
      "brigid",
      "elmo",
    ]),
  );
  const end = random.pick([
    "",
    "'s",
    "'s Hospital",
    " Hospital",
    "'s Medical Center",
    " Medical Center",
    "'s Clinic",
  ]);
  return `${random.pick(["St.", "St", "Saint"])} ${name}${end}`;
}

/** The slots of places. */
export const PLACES: Record<string, (random: Random) => string> = {
  city,
  plaincity: (random) => random.pick(plainCities),
  county: (random) =>
    `${proper(random)} ${random.pick(["County", "County", "Parish", "Township", "District", "Borough"])}`,
  street: (random) =>
    `${random.int(1, 9999)} ${streetName(random)}${random.chance(0.15) ? `${random.pick([",", ""])} ${random.pick(["Apt", "Unit", "Suite", "#"])} ${random.int(1, 40)}` : ""}`,
  streetname: streetName,
  zip: (random) => String(random.int(1_001, 99_950)).padStart(5, "0"),
  zip4: (random) => `${String(random.int(1_001, 99_950)).padStart(5, "0")}-${random.int(1_000, 9_999)}`,
  facility: (random) => {
    const at = random.next();
    if (at < 0.08) return saint(random);
    if (at < 0.16) return capitalise(random.pick(listed));
    if (at < 0.24)
      return `${random.pick(["Hospital", "University", "Clinic", "Medical Center"])} of ${proper(random)}`;
    if (at < 0.3) return `${proper(random)} ${random.pick(AFTER)} ${random.pick(KIND)}`;
    if (at < 0.35) return `${proper(random)} and ${proper(random)} ${random.pick(KIND)}`;
    return `${proper(random)} ${random.pick(KIND)}`;
  },
  coined: (random) =>
    random.chance(0.7)
      ? random.pick(coined)
      : inventedName(random) +
        random.pick(["Health", "Care", "Med", "Clinic", "Point", "Well", "MD", "Life"]),
  acronym: (random) => random.code(random.pick(["AAA", "AAAA", "AAAA", "AAAAA"])),
  plainplace: (random) => random.pick(plain),
  saint,
};
