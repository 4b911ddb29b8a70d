import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pofile } from "wuchale";
import type { CatalogStorage, Item, LoadData, StorageFactory, StorageFactoryOpts } from "wuchale";

/** Whose texts those of a file are: "inbox" for src/lib/inbox/Row.svelte, "common" for what has no folder of its own. */
export function areaOf(file: string): string {
  const [, top, ...path] = file.split("/");
  if (top === "service-worker") return "push";
  const folders = path.slice(0, -1).filter((folder) => folder !== "(app)");
  return folders[0] ?? (top === "routes" ? "shell" : "common");
}

/** Keeps texts as gettext's files, messages/<area>/<language>.po. A text that several areas show stands with the first. */
export const byArea: StorageFactory = async (opts): Promise<CatalogStorage> => {
  const folder = resolve(opts.root, opts.localesDir);
  const known = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== ".wuchale")
    .map(({ name }) => name);
  const areas = new Map<string, CatalogStorage>();
  for (const area of known) areas.set(area, await openArea(opts, area));
  return {
    key: folder,
    files: [...areas.values()].flatMap(({ files }) => files),
    async load() {
      const loaded: LoadData[] = [];
      for (const area of areas.values()) loaded.push(await area.load());
      return {
        pluralRules: new Map(loaded.flatMap(({ pluralRules }) => [...(pluralRules ?? [])])),
        items: loaded.flatMap(({ items }) => items),
      };
    },
    async save({ items, pluralRules }) {
      const byName = Map.groupBy(items, placeOf);
      for (const area of byName.keys()) if (!areas.has(area)) areas.set(area, await openArea(opts, area));
      for (const [area, storage] of areas)
        await storage.save({ pluralRules, items: (byName.get(area) ?? []).sort(inOrder) });
    },
  };
};

const openArea = async (opts: StorageFactoryOpts, area: string): Promise<CatalogStorage> =>
  pofile({ dir: `${opts.localesDir}/${area}` })(opts);

const firstOf = (item: Item): string => item.references[0]?.file ?? "";
const placeOf = (item: Item): string => areaOf(firstOf(item));

/** As its files come, then as the alphabet has it: a file that is written anew changes where a text did. */
function inOrder(one: Item, other: Item): number {
  const [first, second] = [firstOf(one), firstOf(other)];
  if (first !== second) return first < second ? -1 : 1;
  return String(one.translations.get("en")) < String(other.translations.get("en")) ? -1 : 1;
}
