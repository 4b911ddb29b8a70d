/** The one place where a plugin's reading of a provider's callback becomes the report that is recorded. */
import { z } from "zod";
import { within } from "../config/within.ts";
import type { AnswerOutcome, ChannelInstance, StatusCallback } from "./plugin.ts";
import { PROVIDER_ID, slug } from "./outcome.ts";

/** A provider's report on a delivery. It holds none of the provider's text. */
export interface Report {
  providerId: string;
  /** The delivery, where the provider names it. */
  deliveryId: string | null;
  status: "accepted" | "delivered" | "failed" | "unknown";
  /** Why, when it failed or is unknown. */
  reason: string | null;
}

/** What a person answered by a channel. */
export interface Answer {
  answerId: string;
  answer: "acknowledge" | "decline";
  providerId: string | null;
  deliveryId: string | null;
  /** As the channel writes addresses. */
  address: string | null;
  /** Of the alert's message, with an address. */
  code: number | null;
}

export type Reading =
  | {
      kind: "reports";
      reports: Report[];
      answers: Answer[];
      /** What the provider is answered; null: nothing. */
      reply: (outcomes: AnswerOutcome[]) => Reply | null;
    }
  | { kind: "unauthentic" }
  | { kind: "malformed" }
  | { kind: "broken" };

/** A provider may put many reports into one callback. */
const MOST = 1_000;

const Result = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unauthentic") }),
  z.object({ kind: z.literal("malformed") }),
  z.object({
    kind: z.literal("updates"),
    updates: z
      .array(
        z.object({
          providerId: z.string().regex(PROVIDER_ID),
          deliveryId: z.uuid().optional(),
          outcome: z.enum(["accepted", "delivered", "failed", "unknown"]),
          code: z.unknown().optional(),
        }),
      )
      .max(MOST),
    answers: z
      .array(
        z.object({
          answerId: z.string().regex(PROVIDER_ID),
          answer: z.enum(["acknowledge", "decline"]),
          to: z.union([
            z.strictObject({ providerId: z.string().regex(PROVIDER_ID) }),
            z.strictObject({ deliveryId: z.uuid() }),
            z.strictObject({
              address: z.string().min(1).max(320),
              code: z
                .string()
                .regex(/^\d{3}$/)
                .optional(),
            }),
          ]),
        }),
      )
      .max(MOST)
      .default([]),
    reply: z
      .custom<(outcomes: AnswerOutcome[]) => unknown>((value) => typeof value === "function")
      .optional(),
  }),
]);

const Reply = z.object({
  type: z.literal("text/xml"),
  body: z.string().max(4_096),
});
export type Reply = z.infer<typeof Reply>;

/** How long a plugin may take to read a callback, which needs no network; ms. */
const TIMEOUT = 5_000;

/**
 * Has the plugin read a callback. `broken`: the plugin threw, took too long, or returned something that it must not.
 * Never rejects.
 */
export async function readReports(
  status: NonNullable<ChannelInstance["status"]>,
  callback: StatusCallback,
): Promise<Reading> {
  const work = async (): Promise<Reading> => toReading(await status(callback));
  const broken = (): Reading => ({ kind: "broken" });
  return await within(work().catch(broken), TIMEOUT, broken);
}

function toReading(returned: unknown): Reading {
  const { success, data } = Result.safeParse(returned);
  if (!success) return { kind: "broken" };
  if (data.kind !== "updates") return data;
  const reports = data.updates.map(({ providerId, deliveryId = null, outcome, code }): Report => {
    const told = outcome === "failed" || outcome === "unknown";
    return {
      providerId,
      deliveryId,
      status: outcome,
      reason: told ? slug(code ?? `reported_${outcome}`) : null,
    };
  });
  const answers = data.answers.map(({ answerId, answer, to }): Answer => ({
    answerId,
    answer,
    providerId: "providerId" in to ? to.providerId : null,
    deliveryId: "deliveryId" in to ? to.deliveryId : null,
    address: "address" in to ? to.address : null,
    code: "address" in to && to.code !== undefined ? Number(to.code) : null,
  }));
  const { reply } = data;
  return { kind: "reports", reports, answers, reply: (outcomes) => replyOf(reply, outcomes) };
}

/** What was done stands, whatever the plugin makes of it. */
function replyOf(
  reply: ((outcomes: AnswerOutcome[]) => unknown) | undefined,
  outcomes: AnswerOutcome[],
): Reply | null {
  try {
    return Reply.safeParse(reply?.(outcomes)).data ?? null;
  } catch {
    return null;
  }
}
