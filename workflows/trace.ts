import type { WorkflowExecuteInput, WorkflowInterceptors } from "@temporalio/workflow";
import { TRACE_HEADER } from "../channels/contract.ts";

type Headers = WorkflowExecuteInput["headers"];

/**
 * Hands what a workflow was started with of a trace on to its activities, and to the run that continues it. It writes no command and reads no
 * clock, so a workflow does the same with and without it.
 */
export function interceptors(): WorkflowInterceptors {
  let own: Headers = {};
  const handOn = <Input extends { headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...own, ...input.headers },
  });
  return {
    inbound: [
      {
        execute(input, next) {
          const traceparent = input.headers[TRACE_HEADER];
          own = traceparent === undefined ? {} : { [TRACE_HEADER]: traceparent };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(handOn(input)),
        scheduleLocalActivity: (input, next) => next(handOn(input)),
        continueAsNew: (input, next) => next(handOn(input)),
      },
    ],
  };
}
