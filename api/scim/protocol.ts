import type { Knex } from "knex";
import type Koa from "koa";
import type { Context, Next } from "koa";
import Router from "koa-router";
import type { Logger } from "../../config/log.ts";
import type { AuditEvent } from "../../store/audit/record.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { Directory } from "../../store/people/scim-tokens.ts";
import { decodeJson } from "../http/json.ts";
import type { WhileAnswering } from "../http/outage.ts";
import { mostValues, readBody, requireJson } from "../middleware/body.ts";
import type { UnderWay } from "../middleware/under-way.ts";
import type { Site } from "../middleware/person.ts";
import type { Notices } from "../users/notices.ts";
import {
  asFarAsMayBe,
  type GroupAttributes,
  type PersonAttributes,
  setAllOfPerson,
  setOfGroup,
  settingsOf,
} from "./attributes.ts";
import { type CallerDeps, noteRead, requireDirectory } from "./caller.ts";
import { providerConfig, resourceTypes, schemas } from "./discovery.ts";
import { noResource, type ScimError, toScimError } from "./error.ts";
import { createScimGroups } from "./groups.ts";
import { createDirectoryActs, recordRefusal } from "./on-record.ts";
import { type Operation, patchMembers, readPatch, settingsIn } from "./patch.ts";
import { createScimPeople, type PersonDone } from "./people.ts";
import { presentGroup, presentList, presentPerson } from "./present.ts";
import { readQuery } from "./query.ts";

export interface ScimDeps extends CallerDeps {
  knex: Knex;
  credentials: Credentials;
  site: Site;
  notices: Notices;
  underWay: UnderWay;
  whileAnswering: WhileAnswering;
  log: Logger;
}

/** Where SCIM's own addresses begin. */
const ROOT = "/scim/v2";
const MEDIA_TYPE = "application/scim+json";
/** Bytes that a body may hold: a group with a thousand members. */
const MAX_BODY = 262_144;

/** For the record. */
const READ = "scim.read";

type Work = (ctx: Context, directory: Directory) => Promise<void>;

/**
 * SCIM 2.0 (RFC 7643, 7644), by which a directory outside keeps people and groups. It speaks its own dialect: media type, errors, lists
 * and its own description, so its calls are not among those of the OpenAPI document.
 */
export function useScim(app: Koa, deps: ScimDeps): void {
  const asDirectory = createDirectoryActs(deps.knex);
  const people = createScimPeople(deps.knex, asDirectory, deps.credentials.invitations);
  const groups = createScimGroups(deps.knex, asDirectory);
  const router = new Router({ prefix: ROOT, sensitive: true, strict: true });

  /** Calls of one token stand in line, as everybody's do; before it is looked up. */
  const inLine = (ctx: Context, work: () => Promise<void>): Promise<void> => {
    const shown = ctx.get("Authorization");
    const isNeverLeft = Promise.withResolvers<void>().promise;
    return shown === "" ? work() : deps.underWay.inLine(ctx, `scim ${shown}`, isNeverLeft, work);
  };
  /** @param action null for what holds nobody's data */
  const on = (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    action: AuditEvent["action"] | null,
    work: Work,
  ): void => {
    const answerCall = async (ctx: Context): Promise<void> => {
      const directory = await requireDirectory(ctx, deps);
      if (action === READ) await noteRead(deps, directory);
      try {
        await work(ctx, directory);
      } catch (error) {
        if (action !== null && action !== READ) await recordRefusal(deps.knex, directory, action, error);
        throw error;
      }
    };
    router.register(
      path,
      [method],
      [(ctx: Context) => deps.whileAnswering(inLine(ctx, () => answerCall(ctx)))],
    );
  };
  const baseOf = (ctx: Context): string => `${deps.site.origin ?? `${ctx.protocol}://${ctx.host}`}${ROOT}`;
  const idOf = (ctx: Context): string => String(ctx["params"]["id"]);
  const answer = (ctx: Context, status: number, body: object): void => {
    ctx.status = status;
    ctx.body = JSON.stringify(body);
    ctx.type = MEDIA_TYPE;
  };
  const done = (ctx: Context, status: number, { person, invitation }: PersonDone): void => {
    const { user } = person;
    if (invitation !== null) deps.notices.invite(user, invitation.token);
    const body = presentPerson(person, baseOf(ctx));
    if (status === 201) ctx.set("Location", `${baseOf(ctx)}/Users/${encodeURIComponent(user.id)}`);
    answer(ctx, status, body);
  };

  on("GET", "/Users", READ, async (ctx, directory) => {
    const asked = readQuery(ctx.query);
    const { items, total } = await people.list(directory, asked);
    const found = items.map((person) => presentPerson(person, baseOf(ctx)));
    answer(ctx, 200, presentList(found, total, asked.from));
  });
  on("POST", "/Users", "user.create", async (ctx, directory) => {
    const body = await readScim(ctx);
    done(ctx, 201, await people.create(directory, writeOver(body)));
  });
  on("GET", "/Users/:id", READ, async (ctx, directory) => {
    answer(ctx, 200, presentPerson(await people.find(directory, idOf(ctx)), baseOf(ctx)));
  });
  on("PUT", "/Users/:id", "user.update", async (ctx, directory) => {
    const body = await readScim(ctx);
    const replace = (to: PersonAttributes): ScimError | null => {
      to.userName = to.externalId = null;
      to.names = {};
      return writeOver(body)(to);
    };
    done(ctx, 200, await people.change(directory, idOf(ctx), replace));
  });
  on("PATCH", "/Users/:id", "user.update", async (ctx, directory) => {
    const operations = readPatch(await readScim(ctx));
    const edit = (to: PersonAttributes): ScimError | null =>
      asFarAsMayBe(operations, (operation) => setAllOfPerson(to, settingsIn(operation)));
    done(ctx, 200, await people.change(directory, idOf(ctx), edit));
  });
  on("DELETE", "/Users/:id", "user.disable", async (ctx, directory) => {
    await people.remove(directory, idOf(ctx));
    ctx.status = 204;
  });

  on("GET", "/Groups", READ, async (ctx, directory) => {
    const asked = readQuery(ctx.query);
    const { items, total } = await groups.list(directory, asked);
    const found = items.map((group) => presentGroup(group, baseOf(ctx)));
    answer(ctx, 200, presentList(found, total, asked.from));
  });
  on("POST", "/Groups", "group.create", async (ctx, directory) => {
    const body = await readScim(ctx);
    const made = await groups.create(directory, (to) => writeGroup(to, body));
    ctx.set("Location", `${baseOf(ctx)}/Groups/${made.group.id}`);
    answer(ctx, 201, presentGroup(made, baseOf(ctx)));
  });
  on("GET", "/Groups/:id", READ, async (ctx, directory) => {
    const found = await groups.find(directory, idOf(ctx), readQuery(ctx.query));
    answer(ctx, 200, presentGroup(found, baseOf(ctx)));
  });
  on("PUT", "/Groups/:id", "group.update", async (ctx, directory) => {
    const body = await readScim(ctx);
    const replace = (to: GroupAttributes): void => {
      to.displayName = to.externalId = null;
      to.members.clear();
      writeGroup(to, body);
    };
    answer(ctx, 200, presentGroup(await groups.change(directory, idOf(ctx), replace), baseOf(ctx)));
  });
  on("PATCH", "/Groups/:id", "group.update", async (ctx, directory) => {
    const operations = readPatch(await readScim(ctx));
    const edit = (to: GroupAttributes): void => operations.forEach((one) => patchGroup(to, one));
    answer(ctx, 200, presentGroup(await groups.change(directory, idOf(ctx), edit), baseOf(ctx)));
  });
  on("DELETE", "/Groups/:id", "group.delete", async (ctx, directory) => {
    await groups.remove(directory, idOf(ctx));
    ctx.status = 204;
  });

  on("GET", "/ServiceProviderConfig", null, async (ctx) => answer(ctx, 200, providerConfig(baseOf(ctx))));
  for (const [path, read] of [
    ["/ResourceTypes", resourceTypes],
    ["/Schemas", schemas],
  ] as const) {
    on("GET", path, null, async (ctx) => {
      const all = [...read(baseOf(ctx)).values()];
      answer(ctx, 200, presentList(all, all.length, 1));
    });
    on("GET", `${path}/:id`, null, async (ctx) => {
      const one = read(baseOf(ctx)).get(idOf(ctx));
      if (one === undefined) throw noResource();
      answer(ctx, 200, one);
    });
  }

  app.use(async (ctx: Context, next: Next) => {
    if (!ctx.path.startsWith("/scim/")) return await next();
    try {
      await next();
    } catch (error) {
      const refusal = toScimError(error);
      if (refusal.status >= 500)
        deps.log.error(
          { err: error, requestId: ctx.response.get("X-Request-Id"), status: refusal.status },
          "failed",
        );
      ctx.set(refusal.headers);
      answer(ctx, refusal.status, refusal);
    }
  });
  app.use(router.routes());
  // None of the API's calls, nor the dashboard's pages, are to be found there.
  app.use(async (ctx: Context, next: Next) => {
    if (ctx.path.startsWith("/scim/")) throw noResource();
    await next();
  });
}

/** @throws Problem 413, 415, 400 */
async function readScim(ctx: Context): Promise<unknown> {
  const body = await readBody(ctx, MAX_BODY);
  requireJson(ctx);
  return decodeJson(body, mostValues(MAX_BODY));
}

const writeOver =
  (body: unknown) =>
  (to: PersonAttributes): ScimError | null =>
    setAllOfPerson(to, settingsOf(body));

function writeGroup(to: GroupAttributes, body: unknown): void {
  for (const setting of settingsOf(body)) setOfGroup(to, setting);
}

function patchGroup(to: GroupAttributes, operation: Operation): void {
  if (patchMembers(to, operation)) return;
  for (const setting of settingsIn(operation)) setOfGroup(to, setting);
}
