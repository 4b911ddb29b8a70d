import type { Answer, Body } from "../contract.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** The browsers on which Web Push tells the person, and the key by which one is added; null where there is no Web Push. */
export type Devices = Answer<"listDevices">;
export type Device = Devices["devices"][number];

export const getDevices = (fetch: Fetch): Promise<Devices> => request("/devices", { fetch });

export const addDevice = (device: Body<"addDevice">): Promise<Device> =>
  request("/devices", { method: "POST", body: device });

/** Says that this session is on that device. */
export const moveDevice = (endpoint: string): Promise<Device> =>
  request("/devices/current", { method: "PUT", body: { endpoint } });

export async function removeDevice(id: string): Promise<void> {
  await send(`/devices/${encodeURIComponent(id)}`, { method: "DELETE" });
}
