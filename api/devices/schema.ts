import { z } from "zod";
import { Name, Time } from "../http/schema.ts";

const Endpoint = z.url().max(1_000).describe("Where the browser's push service takes messages for it");

/** A browser's subscription, as its `PushSubscription` says it. */
export const NewDevice = z
  .strictObject({
    name: Name.max(100),
    endpoint: Endpoint,
    keys: z.strictObject({ p256dh: z.string().max(100), auth: z.string().max(40) }),
  })
  .meta({
    id: "NewDevice",
    examples: [
      {
        name: "Chrome on Android",
        endpoint: "https://fcm.googleapis.com/fcm/send/made-up",
        keys: {
          p256dh: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
          auth: "BTBZMqHH6r4Tts7J_aSIgg",
        },
      },
    ],
  });

export const ThisDevice = z.strictObject({ endpoint: Endpoint }).meta({
  id: "ThisDevice",
  examples: [{ endpoint: "https://fcm.googleapis.com/fcm/send/made-up" }],
});

/** A browser on which the person is told. */
export const Device = z
  .object({
    device_id: z.uuid(),
    name: z.string(),
    created_at: Time,
    gone_at: Time.nullable().describe("Since when its push service knows it no more: nothing is sent there"),
  })
  .meta({
    id: "Device",
    examples: [
      {
        device_id: "6f1c2f0e-2a54-4a0b-9c1e-0d6a4c3b2a10",
        name: "Chrome on Android",
        created_at: "2026-01-05T08:00:00.000Z",
        gone_at: null,
      },
    ],
  });

export const DeviceList = z.object({
  key: z
    .string()
    .nullable()
    .describe("By which a browser subscribes (RFC 8292); null where there is no Web Push"),
  devices: z.array(Device),
});
