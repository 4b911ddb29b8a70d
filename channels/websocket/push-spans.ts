import { beginSpan, type Span, SpanKind } from "../../config/trace.ts";

/** Follows what one socket is sent, from its frame to the client's receipt, in the trace of the change that it tells of. */
export interface PushSpans {
  /** Change `seq` was made in the span that W3C's name tells of. */
  hinted(seq: number, trace: string | undefined): void;
  /** A frame with this number is sent. */
  sent(seq: number): void;
  /** The client has everything up to `seq`. @returns the span of the last frame among it that is followed; null where none is */
  confirmed(seq: number): Span | null;
}

/** Changes that are remembered until their frame, and frames until their receipt: what is older is not followed. */
const REMEMBERED = 200;

/** @param signal ends what is not confirmed by then */
export function createPushSpans(socketId: string, signal: AbortSignal): PushSpans {
  const made = new Map<number, string>();
  const open = new Map<number, Span>();
  const end = (seq: number, span: Span, isReceived: boolean): void => {
    open.delete(seq);
    span.setAttribute("tocsin.received", isReceived).end();
  };
  signal.addEventListener("abort", () => open.forEach((span, seq) => end(seq, span, false)), { once: true });
  return {
    hinted(seq, trace) {
      if (trace === undefined) return;
      made.set(seq, trace);
      const [oldest] = made.keys();
      if (made.size > REMEMBERED && oldest !== undefined) made.delete(oldest);
    },
    sent(seq) {
      const parent = made.get(seq);
      if (parent === undefined || signal.aborted) return;
      made.delete(seq);
      const attributes = { "tocsin.socket.id": socketId, "tocsin.seq": seq };
      open.set(seq, beginSpan("push", { kind: SpanKind.PRODUCER, parent, attributes }));
      const [oldest] = open;
      if (open.size > REMEMBERED && oldest !== undefined) end(...oldest, false);
    },
    confirmed(seq) {
      let last: Span | null = null;
      for (const [sent, span] of [...open]) {
        if (sent > seq) continue;
        last = span;
        end(sent, span, true);
      }
      return last;
    },
  };
}
