import { Readable } from "node:stream";
import type { Context } from "koa";
import type { Knex } from "knex";
import { must } from "../../config/must.ts";
import type { AuditConfig } from "../../config/audit.ts";
import type { Logger } from "../../config/log.ts";
import type { Loop } from "../../node/every.ts";
import { ownAuditKey } from "../../store/audit/key.ts";
import { gatherProof, NoProof } from "../../store/audit/proof.ts";
import { signProof, writeProof } from "../../store/audit/proof-document.ts";
import { askVerification, latestVerification } from "../../store/audit/verifications.ts";
import { actAs } from "../../store/db/knex.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { untilClosed } from "../http/closed.ts";
import { attachment, toCsv, wantsCsv } from "../http/csv.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { createOneByOne, SEARCHES } from "../middleware/one-by-one.ts";
import { identify, type Site } from "../middleware/person.ts";
import { Throttled } from "../middleware/throttled.ts";
import { createWaits } from "../middleware/waits.ts";
import { exportRecord, type Format } from "./export.ts";
import { COLUMNS, flatten, presentVerification } from "./present.ts";
import { createAuditReader } from "./read.ts";
import type { audit } from "./routes.ts";
import { type ExportQuery, MAX_EXPORT, MAX_PAGE } from "./schema.ts";

/** Exports of one person that go on at a node, and when another may begin; ms. */
const MOST_EXPORTS = 1;
const COME_BACK = 10_000;

export interface AuditDeps {
  knex: Knex;
  site: Site;
  /** Where the key is that signs. */
  auditConfig: AuditConfig;
  verifier: Pick<Loop, "poke">;
  log: Logger;
}

/** Answers the calls under /api/audit: the record, for auditors. */
export function auditHandlers({ knex, site, auditConfig, verifier, log }: AuditDeps): Handlers<typeof audit> {
  const exports = createWaits(MOST_EXPORTS);
  const reader = createAuditReader(knex);
  const inTurn = createOneByOne(SEARCHES);
  const read: typeof reader = (caller, query, action) =>
    inTurn(caller.userId, () => reader(caller, query, action));
  /** One that can't go on breaks the connection off, so that nobody takes what has come for all of it. */
  async function* whole(ctx: Context, lines: AsyncGenerator<string>): AsyncGenerator<string> {
    try {
      yield* lines;
    } catch (err) {
      log.warn({ err }, "an export of the audit record broke off");
      ctx.res.destroy();
    }
  }

  function stream(
    ctx: Context,
    caller: SignedInPerson,
    query: ExportQuery,
    format: Format,
    leave: () => void,
  ) {
    // Not until the lines end: where nobody reads the answer, as that of a HEAD, they never begin.
    if (!exports.beginUntil(untilClosed(ctx), caller.userId))
      throw new Throttled(COME_BACK, false, "An export of yours goes on already");
    leave();
    const isThere = async () => (await identify(knex, site, ctx))?.userId === caller.userId;
    const lines = exportRecord({ knex, isThere }, caller, query, format);
    return {
      status: 200 as const,
      headers: { "Content-Disposition": `attachment; filename="audit.${format}"` },
      text: Readable.from(whole(ctx, lines)),
    };
  }

  return {
    exportCsv: async ({ caller, query, leave, ctx }) => stream(ctx, caller, query, "csv", leave),
    exportLines: async ({ caller, query, leave, ctx }) => stream(ctx, caller, query, "ndjson", leave),

    verify: async ({ caller }) => {
      if ((await askVerification(knex, caller.userId)) === null)
        throw conflict("A verification is under way.");
      verifier.poke();
      const made = await actAs(knex, `user:${caller.userId}`, latestVerification);
      return { status: 202, body: presentVerification(must(made ?? undefined, "verification")) };
    },

    verification: async ({ caller }) => {
      const found = await actAs(knex, `user:${caller.userId}`, latestVerification);
      return { status: 200, body: { verification: found && presentVerification(found) } };
    },

    prove: async ({ caller, params: { id } }) =>
      await inTurn(caller.userId, async () => {
        const key = await ownAuditKey(auditConfig);
        if (key === null) throw conflict("This node has no audit key to sign with.");
        const content = await gatherProof(knex, `user:${caller.userId}`, id).catch((error: unknown) => {
          throw error instanceof NoProof ? conflict(error.message) : error;
        });
        if (content === null) throw notFound();
        return {
          status: 200,
          headers: { "Content-Disposition": `attachment; filename="proof-${id}.json"` },
          text: writeProof(signProof(content, key)),
        };
      }),

    read: async ({ caller, query, ctx }) => {
      if (!wantsCsv(ctx)) {
        const { limit = 50 } = query;
        if (limit > MAX_PAGE) throw invalid([{ path: "/limit", message: `must be at most ${MAX_PAGE}` }]);
        const body = await read(caller, { ...query, limit }, "audit.read");
        return { status: 200, body };
      }
      const { limit = MAX_EXPORT } = query;
      const { events, next } = await read(caller, { ...query, limit }, "audit.export");
      return {
        status: 200,
        headers: attachment("audit.csv", nextPlace(ctx.querystring, next)),
        text: toCsv(COLUMNS, events.map(flatten)),
      };
    },
  };
}

/** The same query, from the place where this page ended. */
function nextPlace(query: string, next: string | null): string | null {
  if (next === null) return null;
  const place = new URLSearchParams(query);
  place.set("cursor", next);
  return place.toString();
}
