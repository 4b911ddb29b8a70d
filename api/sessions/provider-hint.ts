import type { Context } from "koa";
import { z } from "zod";
import type { Vault } from "../../store/crypto/vault.ts";
import type { Site } from "../middleware/person.ts";
import { cookieOptions } from "./cookie.ts";

/** What the browser keeps, sealed, of a sign-in at the provider, so that signing out can end it there too. */
const Hint = z.object({ idToken: z.string().nullable() });
type Hint = z.infer<typeof Hint>;

/** Browsers keep no cookie of more than 4,096 bytes, its name and attributes included. */
const LONGEST = 3_800;
const BOUND_TO = "oidc sign-out";

const nameOf = ({ cookie }: Site): string => `${cookie}-oidc-hint`;

/** Keeps the ID token in the browser. One that is too long for a cookie is left out: the provider then asks who signs out. */
export function keepHint(ctx: Context, site: Site, vault: Vault, idToken: string, expires: Date): void {
  const whole = seal(vault, { idToken });
  const value = whole.length <= LONGEST ? whole : seal(vault, { idToken: null });
  ctx.cookies.set(nameOf(site), value, { ...cookieOptions(site), expires });
}

/** Takes the hint from the browser; null where nobody signed in at the provider there. */
export function takeHint(ctx: Context, site: Site, vault: Vault): Hint | null {
  const text = ctx.cookies.get(nameOf(site));
  if (text === undefined) return null;
  ctx.cookies.set(nameOf(site), null, cookieOptions(site));
  const [key_id = "", wrapped = "", sealed = ""] = text.split(".");
  const box = {
    key_id,
    wrapped_key: Buffer.from(wrapped, "base64url"),
    sealed: Buffer.from(sealed, "base64url"),
  };
  try {
    return Hint.parse(JSON.parse(vault.unseal(box, BOUND_TO).toString("utf8")));
  } catch {
    return null;
  }
}

function seal(vault: Vault, hint: Hint): string {
  const { key_id, wrapped_key, sealed } = vault.seal(Buffer.from(JSON.stringify(hint)), BOUND_TO);
  return [key_id, wrapped_key.toString("base64url"), sealed.toString("base64url")].join(".");
}
