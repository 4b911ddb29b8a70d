import type { IncomingMessage } from "node:http";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import { createSessionTokens } from "../../store/people/session-tokens.ts";
import type { Knex } from "knex";
import type { Context } from "koa";
import { findSession, type SignedInPerson, touchSession } from "../../store/people/sessions.ts";
import { createTokens, type Tokens } from "../../store/crypto/tokens.ts";
import { forbidden, Problem, unauthorized } from "../http/errors.ts";

/** How the session's cookie is named and where it may come from. */
export interface Site {
  /** Behind TLS the cookie is Secure and bound to the host. */
  secure: boolean;
  cookie: string;
  tokens: Tokens;
  /** The cookie of a screen on a wall, and its tokens, which are none of a session. */
  wall: { cookie: string; tokens: Tokens };
  /** Its public address; null where none is set. */
  origin: string | null;
  /** True when a request's Origin is this site. */
  isOwnOrigin(request: IncomingMessage): boolean;
}

/**
 * The site at `publicUrl`. Where none is set, it is the host in the browser's Host header.
 * @param ownTls the node itself speaks https:
 */
export function createSite(
  publicUrl: URL | null,
  secrets: Pick<InstallationKey, "mac">,
  ownTls = false,
): Site {
  const secure = ownTls || publicUrl?.protocol === "https:";
  return {
    secure,
    cookie: secure ? "__Host-tocsin" : "tocsin",
    tokens: createSessionTokens(secrets),
    wall: {
      cookie: secure ? "__Host-tocsin-wall" : "tocsin-wall",
      tokens: createTokens(secrets, "wall token"),
    },
    origin: publicUrl?.origin ?? null,
    isOwnOrigin: ({ headers: { origin, host } }) => {
      if (origin === undefined || !URL.canParse(origin)) return false;
      return publicUrl === null ? new URL(origin).host === host : new URL(origin).origin === publicUrl.origin;
    },
  };
}

/**
 * Refuses a form of another site that signs somebody in, or has them set a password: a browser says where its form stood, and
 * a program says nothing.
 * @throws Problem 403
 */
export function refuseOtherSites(ctx: Context, site: Site): void {
  if (ctx.get("Origin") !== "" && !site.isOwnOrigin(ctx.req))
    throw forbidden("This call must come from the dashboard's own origin.");
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The signed-in person who calls. A call that changes something must come from this site, and is something that the
 * person does: the session's idle time starts again, unless a program makes the call in the background. Reading does not
 * count: a page that is left open polls.
 * @throws Problem 401, 403
 */
export async function requirePerson(
  ctx: Context,
  { knex, site }: { knex: Knex; site: Site },
  { background = false, whileLimited = false }: { background?: boolean; whileLimited?: boolean } = {},
): Promise<SignedInPerson> {
  const person = await identify(knex, site, ctx);
  if (person === null) throw unauthorized("Sign in first.");
  if (!whileLimited) refuseLimited(person);
  if (!background && !SAFE.has(ctx.method)) await touchSession(knex, person.sessionId);
  return person;
}

/** Lets nobody go on who has to set up a second factor first. @throws Problem 403 */
export function refuseLimited({ limited }: SignedInPerson): void {
  if (limited)
    throw new Problem(
      "second-factor-needed",
      "Your role demands a second factor: set one up first (POST /api/second-factor).",
    );
}

/** The person whose session's cookie came along, or null. @throws Problem 403 for a change from another site */
export async function identify(knex: Knex, site: Site, ctx: Context): Promise<SignedInPerson | null> {
  const token = ctx.cookies.get(site.cookie);
  if (token === undefined) return null;
  if (!SAFE.has(ctx.method) && !site.isOwnOrigin(ctx.req))
    throw forbidden("This call must come from the dashboard's own origin.");
  return site.tokens.mayBe(token) ? await findSession(knex, token) : null;
}
