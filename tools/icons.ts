/** Makes the icons of what is installed from the one drawing, `dashboard/static/favicon.svg`: `npm run icons`, after a change of that. */
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { findChromium } from "./services/chromium.ts";

const STATIC = fileURLToPath(new URL("../dashboard/static/", import.meta.url));

interface Icon {
  name: string;
  /** Of a side; px. */
  size: number;
  /**
   * `whole`: the drawing as it is. `bleed`: its ground reaches every edge and the bell stays in the middle, for systems that cut their own shape. `shape`: the bell alone,
   * in white, for a line of status.
   */
  look: "whole" | "bleed" | "shape";
}

const ICONS: Icon[] = [
  { name: "icon-192", size: 192, look: "whole" },
  { name: "icon-512", size: 512, look: "whole" },
  { name: "maskable-512", size: 512, look: "bleed" },
  { name: "apple-180", size: 180, look: "bleed" },
  { name: "badge-96", size: 96, look: "shape" },
];

const LOOKS: Record<Icon["look"], string> = {
  whole: "",
  // The ground without its corners, far beyond the edge; the bell in the inner 80 % that no shape cuts.
  bleed:
    "svg { overflow: visible; transform: scale(0.8) } rect { rx: 0; transform: translate(-16px, -16px) scale(2) }",
  shape: "rect { display: none } svg { transform: scale(1.5) }",
};

const drawing = await readFile(`${STATIC}favicon.svg`, "utf8");
await mkdir(`${STATIC}icons`, { recursive: true });
const browser = await chromium.launch({ executablePath: await findChromium(), args: ["--no-sandbox"] });
const page = await browser.newPage();
for (const { name, size, look } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>html, body { margin: 0; overflow: hidden } svg { display: block; width: ${size}px; height: ${size}px } ${LOOKS[look]}</style>${drawing}`,
  );
  await page.screenshot({ path: `${STATIC}icons/${name}.png`, omitBackground: true });
}
await browser.close();
