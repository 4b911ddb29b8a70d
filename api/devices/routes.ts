import { ById } from "../http/schema.ts";
import { route } from "../http/route.ts";
import { Device, DeviceList, NewDevice, ThisDevice } from "./schema.ts";

/** The calls under /api/devices: the browsers on which the channel `push` tells the person who asks. */
export const devices = {
  list: route({
    method: "GET",
    path: "/api/devices",
    id: "listDevices",
    tag: "Preferences",
    summary: "The browsers on which Web Push tells the person, and the key by which one is added",
    caller: "person",
    answers: { 200: { body: DeviceList } },
  }),
  add: route({
    method: "POST",
    path: "/api/devices",
    id: "addDevice",
    tag: "Preferences",
    summary:
      "Add the browser that subscribed; ends with the session that was last seen on it, once somebody ends that",
    caller: "person",
    confirmed: "always",
    body: NewDevice,
    answers: { 201: { body: Device } },
    problems: ["not-found", "conflict"],
  }),
  move: route({
    method: "PUT",
    path: "/api/devices/current",
    id: "moveDevice",
    tag: "Preferences",
    summary: "Say that this session is on one of the person's devices now",
    caller: "person",
    body: ThisDevice,
    answers: { 200: { body: Device } },
    problems: ["not-found"],
  }),
  remove: route({
    method: "DELETE",
    path: "/api/devices/{id}",
    id: "removeDevice",
    tag: "Preferences",
    summary: "Remove a device: nothing is sent there any more",
    caller: "person",
    confirmed: "always",
    params: ById,
    answers: { 204: {} },
    problems: ["not-found"],
  }),
};
