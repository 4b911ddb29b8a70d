/**
 * The types of `tocsin/channel`, as a plugin's author meets them. `npm run check` holds these: nothing here runs, so that
 * a wrong type is a fault of the compiler's and not of a test.
 */
import { describe, expectTypeOf, it } from "vitest";
import {
  type Channel,
  type ChannelInstance,
  type Connect,
  defineChannel,
  type Deliverable,
  type Fetch,
  type Outcome,
  outcomeOfError,
  outcomeOfResponse,
  type StatusResult,
} from "tocsin/channel";
import { z } from "zod";

const config = z.object({ url: z.url(), tries: z.coerce.number().default(3) });
type Settings = { url: string; tries: number };

describe("defineChannel", () => {
  it("hands hosts and start what the schema makes of the settings", () => {
    const channel = defineChannel({
      name: "fax",
      config,
      phi: "none",
      idempotent: true,
      hosts: (settings) => {
        expectTypeOf(settings).toEqualTypeOf<Settings>();
        return [settings.url];
      },
      start: (settings, { fetch, connect }) => {
        expectTypeOf(settings).toEqualTypeOf<Settings>();
        expectTypeOf(fetch).toEqualTypeOf<Fetch>();
        expectTypeOf(connect).toEqualTypeOf<Connect>();
        return { deliver: async () => ({ kind: "delivered" }), check: async () => ({ ok: true }) };
      },
    });
    expectTypeOf(channel).toEqualTypeOf<Readonly<Channel<Settings>>>();
  });

  it("asks for everything but what has a default", () => {
    expectTypeOf<Omit<Channel, "hosts">>().not.toExtend<Channel>();
    expectTypeOf<Omit<Channel, "phi">>().not.toExtend<Channel>();
    expectTypeOf<Omit<Channel, "idempotent">>().not.toExtend<Channel>();
    expectTypeOf<
      Pick<Channel, "name" | "config" | "hosts" | "phi" | "idempotent" | "start">
    >().toExtend<Channel>();
    expectTypeOf<Pick<ChannelInstance, "deliver" | "check">>().toExtend<ChannelInstance>();
    expectTypeOf<Pick<ChannelInstance, "deliver">>().not.toExtend<ChannelInstance>();
    expectTypeOf<Channel["phi"]>().toEqualTypeOf<"redacted" | "none">();
  });
});

describe("an outcome", () => {
  it("is one of five kinds, and gives a code for each that is no success", () => {
    expectTypeOf<Outcome["kind"]>().toEqualTypeOf<
      "delivered" | "accepted" | "retry" | "reject" | "unknown"
    >();
    expectTypeOf<{ kind: "retry" }>().not.toExtend<Outcome>();
    expectTypeOf<{ kind: "reject" }>().not.toExtend<Outcome>();
    expectTypeOf<{ kind: "unknown" }>().not.toExtend<Outcome>();
    expectTypeOf({ kind: "accepted" as const, providerId: "p-1" }).toExtend<Outcome>();
    expectTypeOf({ kind: "retry" as const, code: "busy", afterMs: 500 }).toExtend<Outcome>();
    expectTypeOf({ kind: "retry" as const, code: "busy", afterMs: "soon" }).not.toExtend<Outcome>();
    expectTypeOf({ kind: "sent" as const }).not.toExtend<Outcome>();
  });

  it("comes of an error or an answer", () => {
    expectTypeOf(outcomeOfError).returns.toExtend<Outcome>();
    expectTypeOf(outcomeOfResponse).returns.toExtend<Outcome>();
  });
});

describe("what is delivered", () => {
  it("may lack a title and an address, never a text", () => {
    expectTypeOf<Deliverable["message"]["title"]>().toEqualTypeOf<string | null>();
    expectTypeOf<Deliverable["message"]["text"]>().toEqualTypeOf<string>();
    expectTypeOf<Deliverable["recipient"]["address"]>().toEqualTypeOf<string | null>();
    expectTypeOf<Deliverable["signal"]>().toEqualTypeOf<AbortSignal>();
  });

  it("has no field by which the original could leave", () => {
    expectTypeOf<Deliverable["message"]>().not.toHaveProperty("original");
    expectTypeOf<Deliverable["message"]>().not.toHaveProperty("metadata");
    expectTypeOf<Deliverable["message"]>().not.toHaveProperty("known");
  });
});

it("a provider's callback is read into updates, or refused", () => {
  expectTypeOf<NonNullable<ChannelInstance["status"]>>().returns.resolves.toEqualTypeOf<StatusResult>();
  expectTypeOf<StatusResult["kind"]>().toEqualTypeOf<"updates" | "unauthentic" | "malformed">();
});
