import { luhnValid } from "../rules/checksums.ts";
import type { Random } from "./random.ts";

const MONTHS = "January,February,March,April,May,June,July,August,September,October,November,December".split(
  ",",
);
const DAYS = "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday".split(",");
const two = (number: number): string => String(number).padStart(2, "0");

interface Day {
  y: number;
  m: number;
  d: number;
}
const day = (random: Random): Day => ({
  y: random.int(1935, 2027),
  m: random.int(1, 12),
  d: random.int(1, 28),
});
const month = (random: Random, { m }: Day): string => {
  const name = MONTHS[m - 1] ?? "May";
  return random.chance(0.5) ? name : name.slice(0, 3);
};
const slash = (random: Random, { y, m, d }: Day): string =>
  random.pick([`${two(m)}/${two(d)}/${y}`, `${m}/${d}/${y}`, `${m}/${d}/${two(y % 100)}`, `${m}-${d}-${y}`]);
const textDay = (random: Random, at: Day): string =>
  random.pick([
    `${month(random, at)} ${at.d}`,
    `${month(random, at)} ${at.d}th`,
    `${at.d} ${month(random, at)}`,
  ]);
const iso = ({ y, m, d }: Day): string => `${y}-${two(m)}-${two(d)}`;

const phone = (random: Random): string =>
  random.code(
    random.pick(["(###) 555-01##", "###-555-01##", "###.555.01##", "+1 ### 555 01##", "###55501##"]),
  );
const mixed = (random: Random): string =>
  random.code(random.pick(["AA#####", "A######", "###A##", "AAA-####", "A#A#A#A#"]));
const luhn = (random: Random, pattern: string): string => {
  for (;;) {
    const digits = random.code(pattern);
    if (luhnValid(digits)) return digits;
  }
};

/** The slots of figures: their form is what counts, the structured rules find them. */
export const NUMBERS: Record<string, (random: Random) => string> = {
  date: (random) => {
    const at = day(random);
    return random.pick([slash(random, at), iso(at), `${textDay(random, at)}, ${at.y}`]);
  },
  isodate: (random) => iso(day(random)),
  slashdate: (random) => slash(random, day(random)),
  monthday: (random) => random.code(`${random.int(1, 12)}/${random.int(1, 28)}`),
  textday: (random) => textDay(random, day(random)),
  textdate: (random) => {
    const at = day(random);
    return `${month(random, at)} ${at.d}, ${at.y}`;
  },
  monthyear: (random) => {
    const at = day(random);
    return random.pick([
      `${month(random, at)} ${at.y}`,
      `${month(random, at)}-${at.y}`,
      `${two(at.m)}/${at.y}`,
    ]);
  },
  month: (random) => random.pick(MONTHS),
  weekdaydate: (random) => `${random.pick(DAYS)}, ${textDay(random, day(random))}`,
  hl7date: (random) => iso(day(random)).replaceAll("-", ""),
  hl7time: (random) =>
    `${iso(day(random)).replaceAll("-", "")}${two(random.int(0, 23))}${two(random.int(0, 59))}00`,
  isotime: (random) => `${iso(day(random))}T${two(random.int(0, 23))}:${two(random.int(0, 59))}:00Z`,
  birthdate: (random) => slash(random, day(random)),
  age90: (random) => String(random.int(90, 108)),
  phone,
  localphone: (random) => random.code("555-01##"),
  ext: (random) => random.code(random.pick(["###", "####", "#####"])),
  pager: (random) => random.code(random.pick(["####", "#####", "#######"])),
  spokenphone: (random) =>
    Array.from({ length: 7 }, () =>
      random.pick("one,two,three,four,five,six,seven,eight,nine,oh".split(",")),
    ).join(" "),
  fax: phone,
  email: (random) =>
    `${random.pick(["a", "k", "mt", "records", "j"])}${random.code("###")}@example.${random.pick(["org", "com", "net"])}`,
  ssn: (random) => random.code(random.pick(["2##-##-####", "3########"])),
  last4: (random) => random.code("####"),
  mrn: (random) => random.code(random.pick(["######", "#######", "########", "A######", "00######"])),
  member: mixed,
  mbi: () => "1EG4-TE5-MK73",
  group: (random) => random.code("######"),
  account: (random) => random.code(random.pick(["######", "########", "##########"])),
  card: (random) => luhn(random, "4###############"),
  iban: () => "GB33BUKB20201555555555",
  claim: (random) => random.code("########"),
  license: mixed,
  npi: (random) => {
    for (;;) {
      const digits = random.code("1#########");
      if (luhnValid(`80840${digits}`)) return digits;
    }
  },
  dea: (random) => random.code("AA#######"),
  vin: () => "1M8GDM9AXKP042788",
  plate: (random) => random.code("AAA-####"),
  serial: (random) => random.code(random.pick(["AA-######", "AA########", "########A"])),
  udi: (random) => random.code("(01)00########5014(21)A####"),
  mac: (random) => Array.from({ length: 6 }, () => two(random.int(10, 99))).join(":"),
  imei: (random) => luhn(random, "35#############"),
  url: (random) => `https://example.${random.pick(["org", "com"])}/p/${random.code("####")}`,
  ip: (random) => `10.${random.int(0, 255)}.${random.int(0, 255)}.${random.int(1, 254)}`,
  fingerprint: (random) => random.code("FP-######"),
  photo: (random) => random.code("IMG_####.jpg"),
  accession: (random) => random.code(random.pick(["A##-####", "##-A-#####", "#######A"])),
  order: (random) => random.code("#######"),
  visit: (random) => random.code("########"),
  rx: (random) => random.code("#######"),
  user: (random) => `${random.pick(["jferris", "mkho", "tbrand", "alopes"])}${random.code("##")}`,
  badge: (random) => random.code("#####"),
  uuid: (random) => random.code("########-####-4###-8###-############"),
  token: mixed,
};
