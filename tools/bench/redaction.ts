/**
 * How fast the redactor is, and how much memory it takes: `node --expose-gc tools/bench/redaction.ts`. CPU time, so
 * that other programs on the machine matter little.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
const held = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1024 ** 2;
};

const before = { memory: held(), time: process.cpuUsage() };
await import("../../redaction/lists/lexicon.ts");
const lists = held() - before.memory;
const { redact } = await import("../../redaction/index.ts");
const all = held() - before.memory;
const { user, system } = process.cpuUsage(before.time);
say(`loading: ${((user + system) / 1e6).toFixed(2)} CPU-seconds`);
say(`memory: word lists ${lists.toFixed(1)} MiB, the whole redactor ${all.toFixed(1)} MiB`);

const { corpus } = await import("../../redaction/corpus/corpus.ts");
const messages = corpus()
  .map(({ text }) => text)
  .filter((text) => text.length <= 400);
const long = Array.from({ length: Math.floor(messages.length / 4) }, (_, i) =>
  messages.slice(4 * i, 4 * i + 4).join(" "),
);
for (const [name, texts] of Object.entries({
  "messages of the corpus": messages,
  "four of them in one": long,
})) {
  const length = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const round = (): void => texts.forEach((text) => redact(text));
  for (let i = 0; i < 3; i++) round();
  const best = Math.min(...Array.from({ length: 5 }, () => seconds(round)));
  say(`${name} (${Math.round(length)} characters each): ${Math.round(texts.length / best)} per CPU-second`);
}

const { NEAR_MATCHES } = await import("../../redaction/corpus/adversarial.ts");
const SIZES = [8, 16, 32, 64];
say(
  `near matches repeated, CPU-milliseconds at ${SIZES.join(", ")} KiB (the five slowest of ${NEAR_MATCHES.length}):`,
);
const slowest = NEAR_MATCHES.map((unit) => {
  const times = SIZES.map((size) => {
    const text = unit.repeat(Math.ceil((size * 1024) / unit.length)).slice(0, size * 1024);
    return (
      1000 *
      Math.min(
        seconds(() => redact(text)),
        seconds(() => redact(text)),
      )
    );
  });
  return { unit, times };
}).sort((a, b) => (b.times.at(-1) ?? 0) - (a.times.at(-1) ?? 0));
for (const { unit, times } of slowest.slice(0, 5)) {
  say(`  ${JSON.stringify(unit).padEnd(14)} ${times.map((time) => time.toFixed(1).padStart(8)).join("")}`);
}
