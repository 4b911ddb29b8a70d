import type { Context } from "@temporalio/activity";
import type { WorkflowClientInterceptor } from "@temporalio/client";
import { defaultPayloadConverter, type Headers } from "@temporalio/common";
import type { ActivityInterceptors } from "@temporalio/worker";
import { TRACE_HEADER } from "../../channels/contract.ts";
import { aboutNotification, inSpan, SpanKind, traceparent } from "../../config/trace.ts";

/** The way of a trace through Temporal: a workflow is started with the span's name, and hands it to its activities (`workflows/trace.ts`). */

/** Starts a workflow as part of the active span. */
export const startsInTrace: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => next({ ...input, headers: { ...input.headers, ...headersOf() } }),
};

function headersOf(): Headers {
  const parent = traceparent();
  return parent === null ? {} : { [TRACE_HEADER]: defaultPayloadConverter.toPayload(parent) };
}

/** The workflows whose first argument is no notification. */
const OF_MANY = new Set(["bulk"]);

/** Runs an activity in a span of its own; its log lines name the notification that it is for. */
export const activityInTrace = ({ info }: Context): ActivityInterceptors => ({
  inbound: {
    execute: (input, next) => {
      const [id] = input.args;
      const isOfOne = typeof id === "string" && !OF_MANY.has(info.workflowType ?? "");
      const attributes = {
        "temporal.workflow.id": info.workflowExecution?.workflowId ?? "",
        "temporal.activity.attempt": info.attempt,
        ...(isOfOne ? { "tocsin.notification.id": id } : {}),
      };
      const options = { kind: SpanKind.CONSUMER, attributes, parent: parentOf(input.headers) };
      const run = () => inSpan(info.activityType, options, () => next(input));
      return isOfOne ? aboutNotification(id, run) : run();
    },
  },
});

function parentOf(headers: Headers): string | null {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return null;
  const parent: unknown = defaultPayloadConverter.fromPayload(payload);
  return typeof parent === "string" ? parent : null;
}
