import type { Registry } from "../../channels/registry.ts";
import type { Handlers } from "../http/route.ts";
import type { channels } from "./routes.ts";
import { type CallbackDeps, createCallback } from "./status.ts";

export interface ChannelDeps extends CallbackDeps {
  channels: Registry;
}

/** Answers the calls under /api/channels: the channels that there are, their states, and their providers' reports. */
export function channelHandlers(deps: ChannelDeps): Handlers<typeof channels> {
  const callback = createCallback(deps);
  return {
    list: async () => ({ status: 200, body: { channels: await deps.channels.checks() } }),

    report: async ({ params, ctx }) => {
      const reply = await callback(ctx, params.name);
      return reply === null ? { status: 204 } : { status: 200, text: reply.body };
    },
  };
}
