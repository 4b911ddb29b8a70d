import type { Answer, Body } from "../contract.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** A person's preferences, beside the choices that there are. */
export type OwnPreferences = Answer<"readPreferences">;
export type Preferences = Pick<
  OwnPreferences,
  "wanted" | "quiet_hours" | "quiet_days" | "digests" | "from" | "parallel" | "time_zone"
>;
/** Yes or no by category and channel; `all` stands for every one. Without an entry it is yes. */
export type Wanted = Preferences["wanted"];
export type QuietHours = NonNullable<Preferences["quiet_hours"]>;
/** Quiet hours that begin on a weekday, in place of those of every day; null: none that day. */
export type QuietDays = Preferences["quiet_days"];
/** Minutes for which a category's notifications are gathered in digests. */
export type Digests = Preferences["digests"];
/** Where a channel reaches the person. */
export type ContactPoint = Answer<"setContactPoint">;

export const getPreferences = (fetch: Fetch): Promise<OwnPreferences> => request("/preferences", { fetch });

/** Replaces the own preferences. */
export function putPreferences({
  wanted,
  quiet_hours,
  quiet_days,
  digests,
  from,
  parallel,
  time_zone,
}: Preferences): Promise<OwnPreferences> {
  const body: Body<"replacePreferences"> = {
    wanted,
    quiet_hours,
    quiet_days,
    digests,
    from,
    parallel,
    time_zone,
  };
  return request("/preferences", { method: "PUT", body });
}

export const getContactPoints = async (fetch: Fetch): Promise<ContactPoint[]> =>
  (await request<Answer<"listContactPoints">>("/contact-points", { fetch })).contact_points;

const pointOf = (channel: string): string => `/contact-points/${encodeURIComponent(channel)}`;

/** Has a code sent to an address, to be given back within 10 minutes. */
export const setAddress = (channel: string, address: string): Promise<ContactPoint> =>
  request(pointOf(channel), { method: "PUT", body: { address } });

export const verifyAddress = (channel: string, code: string): Promise<Answer<"verifyContactPoint">> =>
  request(`${pointOf(channel)}/verify`, { method: "POST", body: { code } });

export async function removeAddress(channel: string): Promise<void> {
  await send(pointOf(channel), { method: "DELETE" });
}
