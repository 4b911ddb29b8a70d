import toRuntime from "wuchale/runtime";
import type { CatalogModule, Runtime } from "wuchale/runtime";
import { language } from "../src/lib/language.ts";

const runtimes = new WeakMap<Record<string, CatalogModule>, Runtime>();

/** A file's texts in the page's language. */
export function getRuntime(catalogs: Record<string, CatalogModule>): Runtime {
  const known = runtimes.get(catalogs) ?? toRuntime(catalogs[language], language);
  runtimes.set(catalogs, known);
  return known;
}

/** The same where a component would follow a change of the language: a page has one for as long as it is open. */
export const getRuntimeRx = (catalogs: Record<string, CatalogModule>): Runtime => getRuntime(catalogs);
