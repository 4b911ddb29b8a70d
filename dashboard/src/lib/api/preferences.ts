import type { Category } from "../contract.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Yes or no by category and channel; `all` stands for every one. Where nothing is said it is yes. */
export type Wanted = Partial<Record<Category | "all", Record<string, boolean>>>;

export interface QuietHours {
  /** HH:MM */
  start: string;
  end: string;
}

export interface Preferences {
  wanted: Wanted;
  quiet_hours: QuietHours | null;
  /** IANA name. */
  time_zone: string;
}

/** A person's preferences beside what there is to choose from. */
export interface OwnPreferences extends Preferences {
  /** The channels that are on, in the order in which they are tried. */
  channels: string[];
  categories: Category[];
}

/** Where a channel reaches the person. */
export interface ContactPoint {
  channel: string;
  /** In use; null until one was verified. */
  address: string | null;
  verified_at: string | null;
  /** Waits for the code that was sent there. */
  pending_address: string | null;
  code_expires_at: string | null;
}

export const getPreferences = (fetch: Fetch): Promise<OwnPreferences> => request("/preferences", { fetch });

/** Replaces the own preferences. */
export const putPreferences = ({ wanted, quiet_hours, time_zone }: Preferences): Promise<OwnPreferences> =>
  request("/preferences", { method: "PUT", body: { wanted, quiet_hours, time_zone } });

export const getContactPoints = async (fetch: Fetch): Promise<ContactPoint[]> =>
  (await request<{ contact_points: ContactPoint[] }>("/contact-points", { fetch })).contact_points;

const pointOf = (channel: string): string => `/contact-points/${encodeURIComponent(channel)}`;

/** Has a code sent to an address, to be given back within 10 minutes. */
export const setAddress = (channel: string, address: string): Promise<ContactPoint> =>
  request(pointOf(channel), { method: "PUT", body: { address } });

export const verifyAddress = (channel: string, code: string): Promise<ContactPoint> =>
  request(`${pointOf(channel)}/verify`, { method: "POST", body: { code } });

export async function removeAddress(channel: string): Promise<void> {
  await send(pointOf(channel), { method: "DELETE" });
}
