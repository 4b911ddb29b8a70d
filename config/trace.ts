import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Attributes,
  context,
  type Context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from "@opentelemetry/api";
import { failureCode } from "./failure-code.ts";

/**
 * Traces, by OpenTelemetry's own interface: until `startTelemetry` has set it up, every call here does next to nothing. Spans carry ids, codes
 * and counts, as log lines do, and never a text.
 */

const tracer = () => trace.getTracer("tocsin");

/** What a span is of, and how it goes on with what was begun elsewhere. */
export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
  /** W3C's name of the span that it belongs to, in place of the one that is active. */
  parent?: string | null | undefined;
}

/** Runs `work` in a span of its own. A failure is noted by its code alone. */
export function inSpan<T>(
  name: string,
  { parent, ...options }: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  return tracer().startActiveSpan(name, options, contextOf(parent), async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Runs `work` in a span where a span is active, and else as it is: a statement of a loop that looks each second is no trace. */
export function inPartOf<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return isTraced() ? inSpan(name, options, work) : work();
}

/** A span that somebody ends later. */
export function beginSpan(name: string, { parent, ...options }: SpanOptions): Span {
  return tracer().startSpan(name, options, contextOf(parent));
}

/** Notes that what the span is of failed: the error's code, never its text, which may quote somebody's. */
export function failed(span: Span, error: unknown): void {
  span.setAttribute("error.type", failureCode(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Whether what runs now is part of a span that is recorded, here or elsewhere. */
export const isTraced = (): boolean =>
  ((trace.getActiveSpan()?.spanContext().traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) !== 0;

/** Adds to the active span, if there is one. */
export function noteOnSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** The active span as W3C names it (`traceparent`); null where nothing is traced. */
export function traceparent(): string | null {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier["traceparent"] ?? null;
}

/** Runs `work` as part of a span of elsewhere; as it is where there is none. */
export function asPartOf<T>(parent: string | null | undefined, work: () => T): T {
  return context.with(contextOf(parent), work);
}

/** Runs `work` as part of a span, which may have ended; as it is where there is none. */
export const asPartOfSpan = <T>(span: Span | null, work: () => T): T =>
  span === null ? work() : context.with(trace.setSpan(context.active(), span), work);

/** As `traceparent` names it; what is active now where that says nothing. */
const contextOf = (parent: string | null | undefined): Context =>
  parent === null || parent === undefined
    ? context.active()
    : propagation.extract(context.active(), { traceparent: parent });

/** What the present work is about, which its log lines say. */
const about = new AsyncLocalStorage<{ notificationId: string }>();

/** Runs `work`, whose log lines name the notification. */
export const aboutNotification = <T>(notificationId: string, work: () => T): T =>
  about.run({ notificationId }, work);

/** What every log line says of the work that it is written in: its trace, its span, its notification. */
export function placeInTrace(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...about.getStore(),
    ...(span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId }),
  };
}

export { type Span, SpanKind };
