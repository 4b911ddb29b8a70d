/** What is made of the document for the client is what the schemas say by which the API checks calls and types its answers. */
import { expectTypeOf, it } from "vitest";
import type { Answer, Body } from "../api/types.ts";
import type {
  Broadcast,
  BroadcastAnswer,
  BroadcastProgress,
  CancelAnswer,
  CancelledBroadcast,
  EventList,
  Resolve,
  Resolved,
  Send,
  Sent,
  Ticket,
} from "./api.ts";

it("takes what the API takes", () => {
  expectTypeOf<Send>().toExtend<ReadOnly<Body<"send">>>();
  expectTypeOf<Body<"send">>().toExtend<Loose<Send>>();
  expectTypeOf<Broadcast>().toExtend<ReadOnly<Body<"broadcast">>>();
  expectTypeOf<Resolve>().toExtend<ReadOnly<Body<"resolveAlert">>>();
});

it("answers what the API answers", () => {
  expectTypeOf<Answer<"send">>().toExtend<Loose<Sent>>();
  expectTypeOf<Answer<"broadcast">>().toExtend<BroadcastAnswer>();
  expectTypeOf<Answer<"readBroadcast">>().toExtend<BroadcastProgress>();
  expectTypeOf<Answer<"cancel">>().toExtend<CancelAnswer>();
  expectTypeOf<Answer<"cancelBroadcast">>().toExtend<CancelledBroadcast>();
  expectTypeOf<Answer<"resolveAlert">>().toExtend<Resolved>();
  expectTypeOf<Answer<"listEvents">>().toExtend<EventList>();
  expectTypeOf<Answer<"issueTicket">>().toExtend<Ticket>();
  expectTypeOf<keyof Answer<"listEvents">["events"][number]["data"]>().toEqualTypeOf<
    keyof EventList["events"][number]["data"]
  >();
});

type ReadOnly<T> = T extends object ? { readonly [K in keyof T]: ReadOnly<T[K]> } : T;
/** zod's optional fields may hold undefined. */
type Loose<T> = T extends object
  ? { readonly [K in keyof T]: Loose<T[K]> | (undefined extends T[K] ? undefined : never) }
  : T;
