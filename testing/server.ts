import type { Knex } from "knex";
import { createSite } from "../api/middleware/person.ts";
import { serve } from "../api/serve.ts";
import { parseEnv } from "../config/env.ts";
import { createLog } from "../config/log.ts";
import { type Admission, createAdmission } from "../node/admission.ts";
import { openChannels } from "../node/channels.ts";
import { createCriticalStarts } from "../node/critical-starts.ts";
import { createMetrics } from "../node/metrics.ts";
import { createPrecedence } from "../node/precedence.ts";
import { openRedactor } from "../node/redactor.ts";
import { sizeOf } from "../node/size.ts";
import { startVerifier } from "../node/verifier.ts";
import { startExpiry } from "../node/session-expiry.ts";
import { createSteadiness } from "../node/steadiness.ts";
import { createStops } from "../node/stop.ts";
import type { Redactor } from "../redaction/index.ts";
import { loadInstallationKey } from "../store/crypto/secrets.ts";
import { createVault } from "../store/crypto/vault.ts";
import { runtimeUrl } from "../store/db/prepare.ts";
import { type Calls, createCalls } from "./calls.ts";
import { noTemporal } from "./starter.ts";

/** The API in the test's own process, on a port of its own. It has no worker, so sends stay as they were accepted. */
export interface TestServer extends Calls {
  url: string;
  /** Every line that it logged. */
  lines: string[];
  stop(): Promise<void>;
}

/**
 * Serves a migrated database under the program's own login, as a node with `--role=api` does, but without Temporal and
 * without loops, except those that end sessions and verify the record. Several may serve one database.
 * @param more its environment besides the database's
 * @param redactor in place of its own; it is not stopped with the server
 * @param admission in place of its own
 */
export async function startServer(
  { knex, env }: { knex: Knex; env: NodeJS.ProcessEnv },
  more: NodeJS.ProcessEnv = {},
  { redactor, admission }: { redactor?: Redactor; admission?: Admission } = {},
): Promise<TestServer> {
  const config = parseEnv({ PORT: "0", HOST: "127.0.0.1", LOG_LEVEL: "debug", ...env, ...more });
  const lines: string[] = [];
  const log = createLog(config.logLevel, { write: (line) => void lines.push(line) });
  const { onStop, stop } = createStops(log);
  const databaseUrl = await runtimeUrl(config.database.url, config.masterKeys);
  const vault = createVault(config.masterKeys);
  const stores = { knex, reserve: knex, databaseUrl, vault, secrets: await loadInstallationKey(knex, vault) };
  const metrics = createMetrics();
  const ways = await openChannels(config, stores, metrics, log, onStop);
  const { stop: stopExpiry } = startExpiry({ knex, limits: config.sessions, log });
  onStop(stopExpiry);
  const verifier = startVerifier({ knex, config: config.audit, log });
  onStop(() => verifier.stop());
  const parts = {
    verifier,
    size: sizeOf(config.connections),
    redactor: redactor ?? openRedactor(config, metrics, onStop),
    starter: noTemporal,
    criticalStarts: createCriticalStarts({ starter: noTemporal, bridge: ways.bridge, times: 1 }),
    precedence: createPrecedence(),
    admission: admission ?? createAdmission({ persists: false, onRefused: () => undefined }),
    sinkIsLate: null,
    steadiness: createSteadiness(),
    backlog: { poke: () => undefined, stop: () => Promise.resolve() },
  };
  const url = await serve(config, { ...stores, ...ways, ...parts, metrics, log }, onStop);
  const { cookie, tokens } = createSite(config.publicUrl, stores.secrets);
  return { url, lines, ...createCalls({ url, knex, cookie, tokens, sessions: config.sessions }), stop };
}
