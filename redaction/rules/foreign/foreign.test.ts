import { describe, expect, it } from "vitest";
import { leaks } from "../../corpus/corpus.ts";
import { redact, type Kind } from "../../index.ts";
import { exampleOf, templates } from "../../training/examples.ts";
import { Random } from "../../training/random.ts";
import { languageOf } from "./language.ts";

const redacted = (text: string): string => redact(text).text;

describe("messages in Spanish, German, French and Dutch", () => {
  it.each([
    ["El control quedó para el 7 de junio de 2026.", "El control quedó para el [DATE]."],
    ["Está citada del 3 al 5 de mayo.", "Está citada del [DATE]."],
    ["Mujer de 94 años con disnea.", "Mujer de 90+ años con disnea."],
    ["Nächster Verbandswechsel am 9. September.", "Nächster Verbandswechsel am [DATE]."],
    ["Die Wunde ist seit dem 4.8. trocken.", "Die Wunde ist seit dem [DATE] trocken."],
    ["Der 95-jährige ist wach.", "Der 90+-jährige ist wach."],
    ["Contrôle prévu le 2 juillet 2026 à 9h.", "Contrôle prévu le [DATE] à 9h."],
    ["Retour à domicile prévu samedi 18 avril.", "Retour à domicile prévu [DATE]."],
    ["Elle a 98 ans et marche avec une canne.", "Elle a 90+ ans et marche avec une canne."],
    ["Controle op 6 maart 2026 om 10 uur.", "Controle op [DATE] om 10 uur."],
    ["Zij is 91 jaar en heeft geen pijn.", "Zij is 90+ jaar en heeft geen pijn."],
    ["Joindre la famille au 05 61 22 90 14 ce soir.", "Joindre la famille au [PHONE] ce soir."],
    ["Bitte Durchwahl 472 anrufen.", "Bitte Durchwahl [PHONE] anrufen."],
  ])("lose dates, ages and telephones: %s", (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  it.each([
    ["Visita en la calle de los Cerezos 22, 4.º A, por la tarde.", "Cerezos"],
    ["Infirmière au 31 bis rue de la Fontaine chaque matin.", "Fontaine"],
    ["Pflegedienst in der Rosengasse 17 angemeldet.", "Rosengasse"],
    ["Thuiszorg op de Lindenlaan 8b, 3512 KT, vanaf morgen.", "3512"],
    ["Consultation au cabinet du Vieux Pont demain.", "Vieux"],
  ])("lose addresses: %s", (text, lost) => {
    expect(redacted(text)).not.toContain(lost);
  });

  it.each([
    ["how long ago something was", "Fundado hace 95 años."],
    ["a dose with a point", "Dosis 3.5 mg, control en 2 horas."],
    ["a fraction", "Le patient a pris 1/2 comprimé."],
    ["a time of day", "Der Patient kommt um 9.30 Uhr."],
    ["an age under 90", "Man van 67 jaar met koorts."],
    ["a score", "Schmerz 3/10, der Patient ist wach."],
    ["a finding in German", "Kein Hinweis auf Blutung, die Wunde ist trocken."],
    ["a question", "Hat der Patient Fieber oder Schmerzen?"],
    ["an order in French", "Elle attend le résultat du prélèvement."],
    ["a report in Dutch", "Hij heeft geen koorts en wil naar huis."],
  ])("keep %s", (_, text) => {
    expect(redacted(text)).toBe(text);
  });

  it("keep English sentences in which their words have another sense", () => {
    for (const text of [
      "Give 2 mars bars if glucose is low.",
      "Shift 0900 ED, 1400 OR, relief at 1500.",
      "Sats 97 on 2 L, in line at the desk.",
      "The clinic has 95 beds and 12 chairs.",
    ])
      expect(redacted(text)).toBe(text);
  });
});

describe("numbers of a country", () => {
  it.each<[string, string, Kind]>([
    ["NIR 2 69 05 49 588 157 80", "2 69 05 49 588 157 80", "ssn"],
    ["DNI 12345678Z en ficha", "12345678Z", "other_id"],
    ["NIE X1234567L en ficha", "X1234567L", "other_id"],
    ["Karte A123456780 gelesen", "A123456780", "health_plan"],
    ["NHS no 943 476 5919", "943 476 5919", "mrn"],
    ["BSN 111222333", "111222333", "ssn"],
  ])("are named by their form and their check digit: %s", (text, value, kind) => {
    const { spans } = redact(text);
    expect(spans.map(({ start, end, kind }) => [text.slice(start, end), kind])).toContainEqual([value, kind]);
  });
});

describe("the language of a text", () => {
  it("is told by its words of grammar", () => {
    expect(languageOf("Der Patient ist wach und hat keine Schmerzen.")).toBe("de");
    expect(languageOf("La paciente está en la sala con su hija.")).toBe("es");
    expect(languageOf("Le patient est dans le couloir avec sa fille.")).toBe("fr");
    expect(languageOf("De patiënt is wakker en heeft geen pijn.")).toBe("nl");
  });

  it("is none of them for English, short or clipped messages, and for none at all", () => {
    for (const text of [
      "The patient is in bed 4 and will be seen on rounds.",
      "Pt in OR, van to ED at 9",
      "K 6.4 repeat",
      "De novo AF, on amio",
      "",
    ])
      expect(languageOf(text), text).toBeNull();
  });
});

describe("the templates in other languages", () => {
  const random = new Random(11);
  const messages = templates()
    .filter(({ style }) => /^languages\/(?:de|es|fr|nl)$/.test(style))
    .map((template) => ({ file: template.style, ...exampleOf(template, random) }));

  it("lose each identifier that figures are part of", () => {
    const lost = messages.flatMap((message) =>
      leaks(message, redact(message.text).spans)
        .filter(({ start, end }) => /\d/.test(message.text.slice(start, end)))
        .map(({ start, end }) => message.text.slice(start, end)),
    );
    expect(lost).toEqual([]);
  });

  it("stay as they are where nobody is identified", () => {
    const clean = messages.filter(({ spans }) => spans.length === 0);
    expect(clean.length).toBeGreaterThan(200);
    expect(clean.filter(({ text }) => redacted(text) !== text).map(({ text }) => text)).toEqual([]);
  });
});
