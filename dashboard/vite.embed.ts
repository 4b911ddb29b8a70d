import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import type { Plugin } from "vite";
import { wuchale } from "wuchale/vite";

const STYLES = /(["'`])tocsin-inbox:styles\1/;

/** Puts all styles into the module, by which the element alone has them, and makes what the dashboard says of its page true of the element. */
const ownStyles: Plugin = {
  name: "own-styles",
  enforce: "pre",
  transform(code, id) {
    if (!/\/(app|tokens)\.css$/.test(id)) return null;
    return code
      .replace(/(\(prefers-color-scheme: dark\) \{\s*):root/, '$1:host(:not([theme="light"]))')
      .replaceAll(":root", ":host")
      .replaceAll(/^(\s*)html \{/gm, "$1:host {");
  },
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      const files = Object.values(bundle);
      const css = files.flatMap((file) =>
        file.type === "asset" && file.fileName.endsWith(".css") ? [file] : [],
      );
      const text = css.map(({ source }) => String(source)).join("");
      for (const file of files)
        if (file.type === "chunk") file.code = file.code.replace(STYLES, () => JSON.stringify(text));
      for (const { fileName } of css) delete bundle[fileName];
    },
  },
};

/** Builds `<tocsin-inbox>` for pages of other systems: one module, which brings its styles and texts. */
export default defineConfig({
  plugins: [
    ownStyles,
    wuchale({ configPath: "./wuchale.config.ts" }),
    svelte({ configFile: false, compilerOptions: { runes: true } }),
  ],
  build: {
    outDir: "build/embed",
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      input: "src/lib/embed/tocsin-inbox.ts",
      output: { entryFileNames: "tocsin-inbox.js", codeSplitting: false },
    },
  },
});
