import { StartProblem } from "../services/problem.ts";

const TOGETHER = ["DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"];

/** A part of a node is for real services. */
export const roleProblem = (role: string): StartProblem =>
  new StartProblem(
    /=(api|worker|all)$/.test(role)
      ? `${role} is for a node on real services: set DATABASE_URL, REDIS_URL and TEMPORAL_ADDRESS, or leave it out.`
      : `${role}: there is no such role; there are api and worker. Leave it out for both in one process.`,
  );

/**
 * Whether the environment names the real services (all of them) or none, which means the embedded default.
 * @throws StartProblem when it names some only: half a configuration would quietly mix the two.
 */
export function namesServices(env: NodeJS.ProcessEnv): boolean {
  const missing = TOGETHER.filter((name) => !env[name]);
  if (missing.length === 0) return true;
  const given = [...TOGETHER, "DATABASE_MIGRATION_URL", "TOCSIN_KMS"].filter((name) => env[name]);
  if (given.length === 0) return false;
  throw new StartProblem(
    `${given.join(" and ")} ${given.length === 1 ? "is" : "are"} set, but not ${missing.join(" and ")}: the real services go together. ` +
      `Set ${missing.join(" and ")} too, or none of them to run everything embedded.`,
  );
}
