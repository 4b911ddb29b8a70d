import { registerHooks } from "node:module";

const CONTRACT = new URL("define.ts", import.meta.url).href;

let offered = false;

/**
 * Lets every module that is loaded from now on import `tocsin/channel`, wherever it is installed, and get this
 * program's own contract. A copy beside the plugin would not do: its `EgressError` is another class, and Node refuses
 * to strip the types of files under node_modules.
 */
export function offerContract(): void {
  if (offered) return;
  offered = true;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "tocsin/channel" ? { url: CONTRACT, shortCircuit: true } : next(specifier, context),
  });
}
