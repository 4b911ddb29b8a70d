import { adapter as svelte } from "@wuchale/svelte";
import { defineConfig } from "wuchale";
import type { Adapter } from "wuchale";
import { varNames } from "wuchale/adapter-utils";
import { adapter as plain } from "wuchale/adapter-vanilla";
import { byArea } from "./messages/areas.ts";
import { isShown } from "./messages/shown.ts";

const reads = { wrapInit: (read: string) => read, wrapUse: (read: string) => read };

const common = {
  loader: "custom",
  storage: byArea,
  heuristic: isShown,
  // Each file brings its own texts, in both languages: no request between a page and its words.
  bundleLoad: true,
  granularLoad: true,
  // The language is that of the page as it was loaded: nothing has to follow a change.
  runtime: {
    initReactive: ({ nested }: { nested: boolean }) => (nested ? null : false),
    useReactive: false,
    plain: reads,
    reactive: reads,
  },
};

const components = svelte({
  ...common,
  files: {
    include: ["src/**/*.svelte", "src/**/*.ts"],
    ignore: ["src/**/*.{test,d}.ts", "src/**/fixture.ts", "src/lib/language.ts", "src/hooks.server.ts"],
  },
});

/** `transform` has the texts once for a whole module: this adapter knows functions alone. */
const modules = plain({ ...common, runtime: { ...common.runtime, initReactive: () => null } });

/** Components are read as such, and of modules the constants have texts, too. */
const transform: Adapter["transform"] = async (source) => {
  if (source.filename.endsWith(".svelte")) return components.transform(source);
  const { msgs, output } = await modules.transform(source);
  return { msgs, output: (header) => output(`${header}\nconst ${varNames.rt} = ${source.expr.plain};`) };
};

/** Every text that is shown comes from messages/<area>/<language>.po; docs/decisions/0109-languages.md. */
export default defineConfig({
  locales: ["en", "es"],
  localesDir: "messages",
  adapters: { dashboard: { ...components, transform } },
  ai: null,
  logLevel: "warn",
});
