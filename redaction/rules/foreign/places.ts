import { all, pattern, when, type Rule } from "../rule.ts";
import { pieces } from "../signs.ts";

const START = "(?<![\\p{L}\\p{N}])";
const NAME = "\\p{Lu}[\\p{L}'-]{1,30}";
/** A house's number: "14", "3a", "12 bis", "8, 3.º B". */
const HOUSE = "\\d{1,4}(?: ?(?:bis|ter)(?!\\p{L})| ?[a-z](?![\\p{L}\\p{N}]))?";

const geo = (source: string, score = 0.85): Rule => pattern(new RegExp(source, "gu"), "geo", score);
const facility = (source: string): Rule => pattern(new RegExp(source, "gu"), "facility", 0.8);

/** "calle del Olmo 14, 2.º A", "14 rue des Tilleuls", "Bergstraße 41", "Kerkstraat 3a". */
const streets: Rule = all(
  when(
    pieces("calle|c/ |avda|avenida|plaza|paseo|p.º|camino|ronda|carretera|travesía|urbanización"),
    geo(
      `${START}(?:[Cc]alle|C/|[Aa]vda\\.?|[Aa]venida|[Pp]laza|[Pp]aseo|P\\.º|[Cc]amino|[Rr]onda|[Cc]arretera|[Tt]ravesía|[Uu]rbanización) (?:(?:de|del|la|las|los|el) ){0,3}${NAME}(?: (?:(?:de|del|la|las|los|y) ){0,3}${NAME}){0,3},? (?:n\\.?º ?|núm\\.? ?)?\\d{1,4}(?:,? ?\\d{1,2}\\.?[ºªo](?: ?(?:[A-Z]|dcha|izda)\\b\\.?)?)?`,
    ),
  ),
  when(
    pieces(
      "rue |avenue|av. |boulevard|bd |bd. |impasse|allée|chemin|place |quai|cours |route|square|passage|faubourg|sentier|villa",
    ),
    geo(
      `${START}${HOUSE},? (?:[Rr]ue|[Aa]venue|[Aa]v\\.|[Bb]oulevard|[Bb]d\\.?|[Ii]mpasse|[Aa]llées?|[Cc]hemin|[Pp]lace|[Qq]uai|[Cc]ours|[Rr]oute|[Ss]quare|[Pp]assage|[Ff]aubourg|[Ss]entier|[Vv]illa) (?:(?:de|du|des|la|le|les|aux?) |d'|l'|de l'){0,3}${NAME}(?:[ -](?:(?:de|du|des|la|le|les) |d'|l'){0,2}${NAME}){0,3}`,
    ),
  ),
  when(
    pieces("straße|strasse|str. |gasse|allee|straat|laan|gracht|singel|plein"),
    geo(
      `${START}(?:${NAME}[ -]){0,2}\\p{Lu}[\\p{L}-]{1,30}(?:straße|strasse|str\\.|gasse|allee|straat|laan|gracht|singel|plein) ${HOUSE}(?:,? [1-9]\\d{3} ?[A-Z]{2}(?![\\p{L}\\p{N}]))?`,
    ),
  ),
  when(
    pieces("anschrift|adresse|wohn|hausbesuch"),
    geo(
      `(?<=(?<!\\p{L})(?:[Aa]nschrift|[Aa]dresse|[Ww]ohnhaft|[Ww]ohnt|[Hh]ausbesuch)(?: ist)?:? )(?:(?:Am|An|Auf|Im|In|Zum|Zur|Unter|Hinter) (?:(?:der|dem|den) )?)${NAME} ${HOUSE}`,
    ),
  ),
);

/** Streets and postcodes whose words other languages also have: for German and Dutch texts. */
export const german: Rule = all(
  geo(
    `${START}\\p{Lu}[\\p{L}-]{1,30}(?:weg|platz|ring|damm|ufer|steig|graben|markt|berg|hof|wall|stieg) ${HOUSE}`,
    0.8,
  ),
);
export const dutch: Rule = all(
  geo(
    `${START}\\p{Lu}[\\p{L}-]{1,30}(?:weg|kade|dijk|hof|dreef|pad|steeg|park|markt|kamp|baan|burg|wal) ${HOUSE}`,
    0.8,
  ),
  geo(`${START}[1-9]\\d{3} ?(?!AM|PM)[A-Z]{2}(?![\\p{L}\\p{N}])`, 0.85),
);

/** Words that make a kind of care of the noun before them, and no name. */
const KIND =
  "(?:Día|Urgencias|Referencia|Guardia|Atención|Innere|Jour|Garde|Urgences|Soins|Consultation|Ville|Neurologie|Chirurgie|Kardiologie|Cardiologie)";

/** Places of care named behind their noun: "cabinet des Halles", "Praxis am Markt", "EHPAD Les Mimosas". */
const care: Rule = all(
  facility(
    `${START}(?:[Cc]abinet|EHPAD|[Cc]linique|[Hh]ôpital|CHU|[Rr]ésidence|[Pp]harmacie|[Mm]aison de (?:retraite|santé)) (?:(?:de|du|des|la|le|les|Les?|La|Des|Du) |de l'|l'|d'|L'){0,2}(?!${KIND})${NAME}(?:[ -](?:(?:de|du|des|la|le|les) ){0,2}${NAME}){0,2}`,
  ),
  facility(
    `${START}(?:Praxis|Klinik|Klinikum|Krankenhaus|MVZ|Seniorenheim|Pflegeheim|Apotheke|Gemeinschaftspraxis) (?:am|an der|im|zum|zur|in der|Am|Zum) (?!${KIND})${NAME}`,
  ),
  facility(
    `${START}(?:[Rr]esidencia|[Cc]línica|[Ff]armacia|[Aa]mbulatorio|[Cc]entro de [Ss]alud|[Cc]onsultorio) (?:(?:de|del|la|las|los|el|La|Las|Los|El) ){0,2}(?!${KIND})${NAME}(?: (?:(?:de|del|la|las|los) ){0,2}${NAME}){0,2}`,
  ),
  facility(
    `${START}(?:[Vv]erpleeghuis|[Zz]orgcentrum|[Aa]potheek|[Zz]iekenhuis|[Hh]uisartsenpraktijk|[Pp]raktijk|[Ww]oonzorgcentrum) (?:(?:De|Het|'t|de|het|aan|van|op) ){0,2}(?!${KIND})${NAME}`,
  ),
);

/** Streets and places of care that their words give away in any text. */
export const places: Rule = all(
  streets,
  when(
    pieces(
      "cabinet|ehpad|clinique|clínique|clinica|clínica|hôpital|chu |résidence|residence|residencia|pharmacie|farmacia|maison|praxis|klinik|krankenhaus|mvz |heim|apothe|ambulatorio|centro|consultorio|verpleeghuis|zorg|ziekenhuis|praktijk",
    ),
    care,
  ),
);
