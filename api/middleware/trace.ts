import type { Context, Next } from "koa";
import { inSpan, noteOnSpan, SpanKind } from "../../config/trace.ts";

/** Answers each request in a span of its own, which goes on with the trace that the caller names (`traceparent`). */
export function traced() {
  return async (ctx: Context, next: Next): Promise<void> => {
    const options = {
      kind: SpanKind.SERVER,
      parent: ctx.get("traceparent") || null,
      attributes: { "http.request.method": ctx.method },
    };
    await inSpan(ctx.method, options, async (span) => {
      await next();
      const route = typeof ctx["_matchedRoute"] === "string" ? ctx["_matchedRoute"] : null;
      if (route !== null) span.updateName(`${ctx.method} ${route}`);
      noteOnSpan({
        "http.response.status_code": ctx.status,
        "tocsin.request.id": ctx.response.get("X-Request-Id"),
        ...(route === null ? {} : { "http.route": route }),
      });
    });
  };
}
