import type { Context, Next } from "koa";
import { inSpan, SpanKind } from "../../config/trace.ts";
import { routeOf } from "./observe.ts";

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
      const route = routeOf(ctx);
      if (route !== null) span.updateName(`${ctx.method} ${route}`);
      span.setAttributes({
        "http.response.status_code": ctx.status,
        "tocsin.request.id": ctx.response.get("X-Request-Id"),
        ...(route === null ? {} : { "http.route": route }),
      });
    });
  };
}
