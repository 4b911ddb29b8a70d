import { LIVE } from "../../channels/contract.ts";
import type { Running } from "../../channels/registry.ts";
import { notFound } from "../http/errors.ts";
import type { Handlers } from "../http/route.ts";
import { type ContactDeps, createContactPoints } from "./points.ts";
import { presentContact } from "./present.ts";
import type { contactPoints } from "./routes.ts";

/** Answers the calls under /api/contact-points: the addresses at which the channels reach the person who asks. */
export function contactHandlers(deps: ContactDeps): Handlers<typeof contactPoints> {
  const contacts = createContactPoints(deps);

  const running = (name: string): Running => {
    const found = name === LIVE ? undefined : deps.channels.get(name);
    if (found === undefined || isDevices(name)) throw notFound();
    return found;
  };
  /** Devices have calls of their own. */
  const isDevices = (name: string): boolean => deps.channels.get(name)?.instance.deviceKey !== undefined;

  return {
    list: async ({ caller }) => ({
      status: 200,
      body: {
        contact_points: (await contacts.list(caller))
          .filter(({ channel }) => !isDevices(channel))
          .map(presentContact),
      },
    }),

    set: async ({ caller, params, body }) => ({
      status: 200,
      body: presentContact(await contacts.set(caller, running(params.channel), body.address)),
    }),

    verify: async ({ caller, params, body }) => ({
      status: 200,
      body: presentContact(await contacts.verify(caller, params.channel, body.code)),
    }),

    remove: async ({ caller, params }) => {
      if (isDevices(params.channel)) throw notFound();
      await contacts.remove(caller, params.channel);
      return { status: 204 };
    },
  };
}
