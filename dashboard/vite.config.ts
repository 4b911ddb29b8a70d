import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";
import { wuchale } from "wuchale/vite";

/** What it is built from, in short: nodes that build it each for themselves have one version. */
const sources = process.env["TOCSIN_DASHBOARD_VERSION"];

export default defineConfig({
  plugins: [
    wuchale({ configPath: "./wuchale.config.ts" }),
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
      version: { ...(sources === undefined ? {} : { name: sources }), pollInterval: 600_000 },
      // Else each address in a page begins with "../" for every "/" of the path that was asked for.
      paths: { relative: false },
      csp: {
        mode: "nonce",
        directives: {
          "default-src": ["none"],
          "script-src": ["self"],
          "style-src": ["self"],
          // The one inline style in the page: SvelteKit's own, which hides its route announcer.
          "style-src-attr": ["unsafe-hashes", "sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo="],
          "connect-src": ["self"],
          "img-src": ["self"],
          "manifest-src": ["self"],
          "worker-src": ["self"],
          "base-uri": ["none"],
          "form-action": ["self"],
          "frame-ancestors": ["none"],
          "require-trusted-types-for": ["script"],
          "trusted-types": ["svelte-trusted-html", "sveltekit-trusted-url"],
        },
      },
    }),
  ],
  server: {
    fs: { allow: [".."] },
    proxy: { "/api": { target: process.env["TOCSIN_API"] ?? "http://127.0.0.1:3000", ws: true } },
  },
});
