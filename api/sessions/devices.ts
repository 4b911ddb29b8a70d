import { timingSafeEqual } from "node:crypto";
import type { Context } from "koa";
import type { InstallationKey } from "../../store/crypto/secrets.ts";
import type { Site } from "../middleware/person.ts";
import { cookieOptions } from "./cookie.ts";

/**
 * A browser in which somebody signed in before. It opens nothing by itself: it keeps others' failures from holding up
 * its people.
 */
export interface Device {
  /** Whether this person signed in there. */
  knows(userId: string): boolean;
  /** A hash of the person who signed in there last: failures from a known device are counted for them. */
  voucher: string;
}

/** The cookie by which a browser is recognised: hashes of its people, signed. */
export interface Devices {
  /** Null without a cookie that this installation signed, or with one that is too old. */
  read(ctx: Context): Device | null;
  /** Makes the browser known for somebody who has just signed in. */
  welcome(ctx: Context, userId: string): void;
}

/** A browser is known for half a year after its last sign-in; days. */
const LIFE = 180;
/** Workstations are shared: the people who signed in last are known. */
const MOST_PEOPLE = 20;
const DAY = 86_400_000;

export function createDevices(secrets: Pick<InstallationKey, "mac">, site: Site): Devices {
  const name = `${site.cookie}-device`;
  const hash = (userId: string): string =>
    secrets.mac("device person", userId).subarray(0, 12).toString("base64url");
  const sign = (text: string): Buffer => secrets.mac("device cookie", text);

  const people = (ctx: Context): string[] => {
    const [day = "", list = "", signature = ""] = ctx.cookies.get(name)?.split(".") ?? [];
    const given = Buffer.from(signature, "base64url");
    const right = sign(`${day}.${list}`);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return [];
    return Number(day) + LIFE < today() ? [] : list.split("~");
  };

  return {
    read: (ctx) => {
      const known = people(ctx);
      const [voucher] = known;
      return voucher === undefined ? null : { voucher, knows: (userId) => known.includes(hash(userId)) };
    },

    welcome: (ctx, userId) => {
      const newest = hash(userId);
      const others = people(ctx).filter((one) => one !== newest);
      const text = `${today()}.${[newest, ...others].slice(0, MOST_PEOPLE).join("~")}`;
      const value = `${text}.${sign(text).toString("base64url")}`;
      ctx.cookies.set(name, value, { ...cookieOptions(site), maxAge: LIFE * DAY });
    },
  };
}

const today = (): number => Math.floor(Date.now() / DAY);
