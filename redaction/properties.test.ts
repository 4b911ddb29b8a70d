import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpus } from "./corpus/corpus.ts";
import { NEAR_MATCHES } from "./corpus/adversarial.ts";
import { redact, type Options } from "./index.ts";

const texts = corpus().map(({ text }) => text);
/** Messages, parts of them joined anyhow, near matches, and any Unicode. */
const text = fc.oneof(
  fc.constantFrom(...texts),
  fc
    .array(fc.tuple(fc.constantFrom(...texts), fc.nat(80), fc.nat(40)), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.map(([part, from, length]) => part.slice(from, from + length)).join(" ")),
  fc
    .array(fc.constantFrom(...NEAR_MATCHES, "Mary", "Okafor", "12", "x"), { maxLength: 40 })
    .map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ maxLength: 200 }),
);

describe("redact", () => {
  it("changes nothing that it has redacted", () => {
    fc.assert(
      fc.property(text, (value) => {
        const once = redact(value).text;
        expect(redact(once).text).toBe(once);
      }),
      { numRuns: 1_500 },
    );
  });

  it("gives spans in order, apart and within the text, that say what was replaced", () => {
    fc.assert(
      fc.property(text, (value) => {
        const { spans, rules } = redact(value);
        let at = 0;
        for (const { start, end } of spans) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(value.length);
        expect(Object.values(rules.counts).reduce((sum, count) => sum + count, 0)).toBe(spans.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives the same answer each time", () => {
    fc.assert(
      fc.property(text, (value) => void expect(redact(value)).toEqual(redact(value))),
      { numRuns: 200 },
    );
  });
});

/** Ways to write a value that a reader still reads. */
const disguises: ((value: string) => string)[] = [
  (value) => value,
  (value) => value.toUpperCase(),
  (value) => value.toLowerCase(),
  (value) => [...value].join("\u200b"),
  (value) => [...value].join("\u2060"),
  (value) => [...value].join("\u00ad"),
  (value) => [...value].join("\u034f"),
  (value) =>
    [...value]
      .map((char) => (char > " " && char <= "~" ? String.fromCodePoint(char.charCodeAt(0) + 0xfee0) : char))
      .join(""),
  (value) => [...value].map((char) => `${char}\u0336`).join(""),
  (value) => value.normalize("NFD"),
  (value) =>
    value.replace(/[A-Za-z]/g, (char) =>
      String.fromCodePoint((char <= "Z" ? 0x1d400 - 65 : 0x1d41a - 97) + char.charCodeAt(0)),
    ),
  (value) => value.replace(/\d/g, (char) => String.fromCodePoint(0x0660 + Number(char))),
  (value) => value.replace(/[aeopcx]/g, (char) => "аеорсх".charAt("aeopcx".indexOf(char))),
  (value) => value.replace(/ /g, "\u00a0"),
  (value) => value.replace(/-/g, "\u2011"),
  (value) => [...value].join(" "),
  (value) => `\u202e${value}\u202c`,
];

const known = fc.oneof(
  fc.record({
    kind: fc.constant("name"),
    value: fc
      .tuple(
        fc.constantFrom("Ada", "Oluwaseun", "Jean-Luc", "Rose", "Zoë"),
        fc.constantFrom("Quill", "O'Hara", "Featherstone", "Young"),
      )
      .map((parts) => parts.join(" ")),
  }),
  fc.record({ kind: fc.constant("mrn"), value: fc.integer({ min: 100_000, max: 99_999_999 }).map(String) }),
  fc.record({
    kind: fc.constant("phone"),
    value: fc
      .integer({ min: 2_000_000_000, max: 9_999_999_999 })
      .map((n) => String(n).replace(/(\d{3})(\d{3})/, "$1-$2-")),
  }),
  fc.record({ kind: fc.constant("other_id"), value: fc.stringMatching(/^[A-HJ-NP-Z]{2,3}-[2-9]{4,8}$/) }),
);

describe("a known identifier", () => {
  it("survives in no disguise", () => {
    fc.assert(
      fc.property(
        known,
        fc.constantFrom(...disguises),
        fc.constantFrom("%", "see %.", "(%)", "Order for %, bed 4", "%: BP 120/80"),
        (one, disguise, frame) => {
          const hidden = disguise(one.value);
          const { spans } = redact(
            frame.replace("%", () => hidden),
            { known: [one] },
          );
          const start = frame.indexOf("%");
          const covered = [...hidden].every((char, i, all) => {
            const at = start + all.slice(0, i).join("").length;
            return !/[\p{L}\p{N}]/u.test(char) || spans.some((span) => span.start <= at && at < span.end);
          });
          expect(covered, JSON.stringify({ hidden, spans })).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("the time it takes", () => {
  const seconds = (value: string, options: Options = {}): number => {
    const before = process.cpuUsage();
    redact(value, options);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };

  it("is linear in the length of near matches, up to 64 KB", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...NEAR_MATCHES), { minLength: 1, maxLength: 3 }), (parts) => {
        const unit = parts.join("");
        const long = unit.repeat(Math.ceil(65_536 / unit.length)).slice(0, 65_536);
        const short = long.slice(0, 8_192);
        const base = Math.min(seconds(short), seconds(short));
        expect(seconds(long), JSON.stringify(unit)).toBeLessThan(Math.max(1, 24 * base));
      }),
      { numRuns: 25 },
    );
  });

  it(
    "is bounded where as much is known as may be, each value nearly everywhere in 64 KB",
    { timeout: 120_000 },
    () => {
      const repeat = (unit: string, length: number) =>
        unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
      const long = Array.from({ length: 30 }, (_, i) => `${repeat("ab ", 990)}${i}`);
      const runs = Array.from({ length: 250 }, (_, i) => "a".repeat(i + 1));
      const parts = Array.from(
        { length: 250 },
        (_, i) => `${["a", "aa", "aaaa"].map((a) => a.repeat(1 + (i % 8))).join(" ")} b${i}`,
      );
      const digits = Array.from({ length: 250 }, (_, i) => "1".repeat(i + 4));
      for (const [unit, values] of [
        ["ab ", long],
        ["a", runs],
        ["a ", runs],
        ["a ", parts],
        ["1 ", digits],
        ["3/4/19 ", ["3/4/1967"]],
      ] as const) {
        for (const kind of ["name", "date", "geo", "mrn"]) {
          const known = values.map((value) => ({ kind, value }));
          expect(seconds(repeat(unit, 65_536), { known, kinds: [] }), `${kind} ${unit}`).toBeLessThan(8);
        }
      }
    },
  );
});
