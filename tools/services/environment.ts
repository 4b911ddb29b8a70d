import needed from "./environment.json" with { type: "json" };

/**
 * What programs need of the environment: where things are, the language, how the network and registries are reached, Go's own
 * settings. `tools/setup.mjs` goes by the same list.
 */
const NEEDED = new RegExp(`^(${needed.programs.join("|")})$`, "i");

/** The environment for a program that is started: this one's keys, passwords and addresses are none of its business. */
export const environmentFor = (own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(own).filter(([name]) => NEEDED.test(name)));
