import { randomBytes, timingSafeEqual } from "node:crypto";
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
  /** Tells it from the other devices that know the same people: what fails on one holds up nobody on another. */
  id: string;
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

  /** The people whom a browser knows, and its id; null without a cookie of ours. One that an older node signed has no id: its signature is. */
  const known = (ctx: Context): { people: string[]; id: string } | null => {
    const [signature = "", ...parts] = (ctx.cookies.get(name) ?? "").split(".").toReversed();
    const [day = "", list = "", id = signature.slice(0, 22)] = parts.toReversed();
    const given = Buffer.from(signature, "base64url");
    const right = sign(parts.toReversed().join("."));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
    return Number(day) + LIFE < today() ? null : { people: list.split("~"), id };
  };

  return {
    read: (ctx) => {
      const found = known(ctx);
      const [voucher] = found?.people ?? [];
      if (found === null || voucher === undefined) return null;
      return { voucher, id: found.id, knows: (userId) => found.people.includes(hash(userId)) };
    },

    welcome: (ctx, userId) => {
      const newest = hash(userId);
      const { people, id } = known(ctx) ?? { people: [], id: randomBytes(16).toString("base64url") };
      const others = people.filter((one) => one !== newest);
      const text = `${today()}.${[newest, ...others].slice(0, MOST_PEOPLE).join("~")}.${id}`;
      const value = `${text}.${sign(text).toString("base64url")}`;
      ctx.cookies.set(name, value, { ...cookieOptions(site), maxAge: LIFE * DAY });
    },
  };
}

const today = (): number => Math.floor(Date.now() / DAY);
