/**
 * `node tools/bench/chart.ts bench.json docs/performance.svg`: draws the figures of `npm run bench -- --json` beside what they are
 * compared with. Its colours follow the reader's light or dark theme.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";

const File = z.object({ parts: z.record(z.string(), z.record(z.string(), z.number())) });

interface Bar {
  label: string;
  value: number;
  ours: boolean;
}
interface Group {
  title: string;
  unit: string;
  bars: Bar[];
}

const WIDTH = 760;
const LABEL = 250;
const BAR = 18;
const GAP = 6;

function chart({ parts }: z.infer<typeof File>): string {
  const group = (title: string, unit: string, bars: [string, number | undefined, boolean?][]): Group => ({
    title,
    unit,
    bars: bars.flatMap(([label, value, ours = false]) =>
      value === undefined ? [] : [{ label, value, ours }],
    ),
  });
  const { sends = {}, reference = {}, cpu = {}, broadcast = {}, sockets = {} } = parts;
  const groups = [
    group("Sends shown a second, 20 at once", "/s", [
      ["Tocsin", sends["shown_per_second"], true],
      ["empty workflow", sends["empty_per_second"]],
      ["Koa + BullMQ + PostgreSQL", reference["shown_per_second"]],
    ]),
    group("From send to socket, one at a time (median)", " ms", [
      ["Tocsin", sends["single_ms"], true],
      ["empty workflow", sends["empty_single_ms"]],
      ["Koa + BullMQ + PostgreSQL", reference["single_ms"]],
    ]),
    group("CPU a send", " ms", [
      ["Tocsin: node", cpu["node_ms"], true],
      ["Tocsin: PostgreSQL", cpu["postgresql_ms"], true],
      ["Tocsin: Temporal", cpu["temporal_ms"], true],
      ["empty workflow: node", cpu["empty_node_ms"]],
      ["empty workflow: Temporal", cpu["empty_temporal_ms"]],
      ["Koa + BullMQ: node", reference["cpu_ms"]],
    ]),
    group("Broadcast, people a second", "/s", [
      ["Tocsin", broadcast["people_per_second"], true],
      ["one empty workflow each", broadcast["empty_per_second"]],
    ]),
    group("1,000 sockets on two nodes, messages a second", "/s", [
      ["Tocsin", sockets["per_second"], true],
      ["ws + ioredis alone", sockets["bare_per_second"]],
    ]),
  ].filter(({ bars }) => bars.some(({ ours }) => ours) && bars.length > 1);
  let y = 8;
  const body = groups.map(({ title, unit, bars }) => {
    const most = Math.max(...bars.map(({ value }) => value));
    const lines = [`<text class="title" x="0" y="${y + 16}">${title}</text>`];
    y += 28;
    for (const { label, value, ours } of bars) {
      const length = Math.max(2, ((WIDTH - LABEL - 90) * value) / most);
      lines.push(
        `<text x="${LABEL - 10}" y="${y + 13}" text-anchor="end">${label}</text>`,
        `<rect class="${ours ? "ours" : "other"}" x="${LABEL}" y="${y}" width="${length.toFixed(0)}" height="${BAR}" rx="3"/>`,
        `<text x="${(LABEL + length + 8).toFixed(0)}" y="${y + 13}">${value.toFixed(value < 10 ? 1 : 0)}${unit}</text>`,
      );
      y += BAR + GAP;
    }
    y += 14;
    return lines.join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Tocsin's performance beside what it is compared with">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.ours { fill: #0a7f8c; }
.other { fill: #9aa4ae; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ours { fill: #3fc1cf; }
.other { fill: #6b7682; }
}
</style>
${body.join("\n")}
</svg>
`;
}

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined) throw new Error("name the JSON to read and the SVG to write");
writeFileSync(to, chart(File.parse(JSON.parse(readFileSync(from, "utf8")))));
