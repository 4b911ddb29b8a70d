import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { FS, Item } from "wuchale";
import { byArea } from "./areas.ts";

/** The dashboard's folder. */
export const ROOT = resolve(import.meta.dirname, "..");

/** The files as they are; nothing is written. */
export const reading: FS = {
  read: (file) => readFileSync(file, "utf8"),
  write: () => undefined,
  mkdir: () => undefined,
  exists: () => true,
  unlink: () => true,
};

/** Every text of the dashboard, with the files that show it. */
export async function readCatalogues(): Promise<Item[]> {
  const storage = await byArea({
    locales: ["en", "es"],
    root: ROOT,
    localesDir: "messages",
    haveUrl: false,
    sourceLocale: "en",
    fs: reading,
  });
  return (await storage.load()).items;
}

export const textOf = (item: Item, language: "en" | "es"): string =>
  item.translations.get(language)?.[0] ?? "";
