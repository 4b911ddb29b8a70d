import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { getEnvironmentData, setEnvironmentData, Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { corpus } from "../corpus/corpus.ts";
import { redact } from "../index.ts";
import { RecognizerUnavailable, type Recognizer } from "../recognizer.ts";
import { createRedactor, type Redactor, type RedactorSettings } from "./redactor.ts";

const MESSAGE = "Call Imogen Vance at 555-201-4478.";
/** One sign that stands for eighteen: redacting it takes a good second. */
const SLOW = "ﷺ".repeat(20_000);

let redactor: Redactor;
/** Its limit is what no machine is too busy for, unless a test sets another. */
const open = (settings: RedactorSettings = {}): Redactor =>
  (redactor = createRedactor({ threads: 1, limits: { ms: 60_000 }, ...settings }));
afterEach(() => redactor.stop());

describe("a redactor", () => {
  it("answers what the rules do, in threads, for texts that go together", async () => {
    open({ threads: 2 });
    const known = [{ kind: "name", value: "Tealight" }];
    const texts = corpus()
      .slice(0, 200)
      .map(({ text }) => text);
    const [together, alone] = await Promise.all([
      redactor.redact(texts, { known }),
      redactor.redact([MESSAGE]),
    ]);
    expect(together).toEqual(texts.map((text) => redact(text, { known })));
    expect(alone.map(({ text }) => text)).toEqual(["Call [NAME] at [PHONE]."]);
  });

  it("holds up nothing else of its process", async () => {
    open();
    await redactor.redact([MESSAGE]);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    await redactor.redact([SLOW.slice(0, 5_000)]);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
  });

  it("gives up on a text that takes too long or too much memory, says so, and goes on with the next", async () => {
    const codes: string[] = [];
    const onUnfinished = (code: string): void => void codes.push(code);
    open({ limits: { ms: 2_000 }, onUnfinished });
    await redactor.redact([MESSAGE]);
    await expect(redactor.redact(Array.from({ length: 100 }, () => SLOW))).rejects.toMatchObject({
      name: "RedactionUnfinished",
      code: "time",
    });
    expect((await redactor.redact([MESSAGE]))[0]?.text).toBe("Call [NAME] at [PHONE].");
    await redactor.stop();
    open({ limits: { ms: 60_000, mebibytes: 16 }, onUnfinished });
    await expect(redactor.redact([SLOW, SLOW])).rejects.toMatchObject({
      name: "RedactionUnfinished",
      code: "memory",
    });
    expect((await redactor.redact([MESSAGE]))[0]?.text).toBe("Call [NAME] at [PHONE].");
    expect(codes).toEqual(["time", "memory"]);
  }, 120_000);

  it("counts a text's time from when its thread takes it up", async () => {
    open({ limits: { ms: 2_000 } });
    await redactor.redact([MESSAGE]);
    const each = SLOW.slice(0, 1_000);
    const all = await Promise.all(Array.from({ length: 60 }, () => redactor.redact([each])));
    expect(all).toHaveLength(60);
  });

  it("has what shares go in one message, each with options and an error of its own", async () => {
    open();
    await redactor.redact([MESSAGE]);
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    const patterns = [{ kind: "other_id" as const, source: "(a+)+" }];
    const names = Array.from({ length: 30 }, (_, n) => `Tealight${String.fromCharCode(97 + (n % 26))}`);
    const asked = names.map((value, n) =>
      redactor.redact([`${value} called.`], n === 7 ? { patterns } : { known: [{ kind: "name", value }] }, {
        party: ["north"],
        shares: true,
      }),
    );
    const outcomes = await Promise.allSettled(asked);
    expect(posted).toHaveBeenCalledTimes(2);
    posted.mockRestore();
    const [failed] = outcomes.splice(7, 1);
    expect(failed).toMatchObject({ reason: { message: expect.stringContaining("pattern refused") } });
    for (const one of outcomes) expect(one).toMatchObject({ value: [{ text: "[NAME] called." }] });
  });

  it("tries what shares by itself where it takes too long together, and counts what does then", async () => {
    const codes: string[] = [];
    open({ limits: { ms: 250 }, onUnfinished: (code) => void codes.push(code) });
    await redactor.redact([MESSAGE]);
    const ask = (text: string) => redactor.redact([text], {}, { shares: true });
    // Few enough signs for a message that is shared.
    const slow = ask("ﷺ".repeat(32_000));
    const [late, ...others] = await Promise.allSettled([
      slow,
      ...Array.from({ length: 5 }, () => ask(MESSAGE)),
    ]);
    expect(late).toMatchObject({ reason: { name: "RedactionUnfinished", code: "time" } });
    for (const one of others) expect(one).toMatchObject({ value: [{ text: "Call [NAME] at [PHONE]." }] });
    expect(codes).toEqual(["time"]);
  }, 60_000);

  it("takes the urgent up before others that wait", async () => {
    open();
    const done: string[] = [];
    const ask = async (name: string, text: string, isUrgent: boolean): Promise<void> => {
      await redactor.redact([text], {}, { isUrgent });
      done.push(name);
    };
    await Promise.all([
      ask("first", SLOW.slice(0, 1_000), false),
      ask("other", MESSAGE, false),
      ask("urgent", MESSAGE, true),
    ]);
    expect(done).toEqual(["first", "urgent", "other"]);
  });

  it.each([true, false])(
    "lets parties take turns, however many texts one of them has (urgent: %s)",
    async (isUrgent) => {
      open();
      const done: string[] = [];
      const ask = async (text: string, ...party: string[]): Promise<void> => {
        await redactor.redact([text], {}, { isUrgent, party });
        done.push(party.join("/"));
      };
      const flood = Array.from({ length: 20 }, () => ask(SLOW.slice(0, 200), "north", "flood"));
      await Promise.all([...flood, ask(MESSAGE, "south", "lab"), ask(MESSAGE, "north", "ward")]);
      expect(done.slice(0, 4)).toEqual(["north/flood", "north/flood", "south/lab", "north/ward"]);
    },
  );

  it("passes on what the rules throw, and ends what is under way when it is stopped", async () => {
    open();
    const patterns = [{ kind: "other_id" as const, source: "(a+)+" }];
    await expect(redactor.redact([MESSAGE], { patterns })).rejects.toThrow("pattern refused");
    const working = redactor.redact([SLOW]);
    working.catch(() => undefined);
    await delay(20);
    await redactor.stop();
    await expect(working).rejects.toThrow("stopped");
  });
});

it("shares its word lists with its threads", async () => {
  const lists = new URL("../lists/lexicon.ts", import.meta.url).href;
  const ask = `const { parentPort } = require("node:worker_threads"); import("${lists}").then(({ lookup }) => parentPort.postMessage(lookup("the")))`;
  const inThread = async (): Promise<unknown> => (await once(new Worker(ask, { eval: true }), "message"))[0];
  const shared = getEnvironmentData("tocsin lexicon");
  expect(await inThread()).not.toBe(0);
  // A thread that read the lists itself would know the word all the same.
  setEnvironmentData("tocsin lexicon", new SharedArrayBuffer(7 << 20));
  expect(await inThread()).toBe(0);
  setEnvironmentData("tocsin lexicon", shared);
});

describe("with recognizers", () => {
  const recognizer = (analyze: Recognizer["analyze"]): Recognizer => ({ name: "other", analyze });

  it("unites what the rules and the recognizers find", async () => {
    open({ recognizers: [recognizer(async () => [{ start: 0, end: 8, kind: "other_id", score: 0.9 }])] });
    const [redacted] = await redactor.redact(["tealight called 555-201-4478"]);
    expect(redacted?.text).toBe("[ID] called [PHONE]");
  });

  it("fails rather than do without one", async () => {
    open({ recognizers: [recognizer(() => Promise.reject(new RecognizerUnavailable("other", "timeout")))] });
    await expect(redactor.redact(["BP 120/80"])).rejects.toThrow(RecognizerUnavailable);
  });
});
