import { once } from "node:events";
import { isIP } from "node:net";
import { hostname } from "node:os";
import { connect, type TLSSocket } from "node:tls";
import { within } from "../../../config/within.ts";
import type { Batch, Entry } from "./batch.ts";

/** How long a receiver may take to accept a batch, and to say that it has read it; ms. */
const PATIENCE = 10_000;

/** Facility "log audit" (13), severity "notice" (5): RFC 5424, 6.2.1. */
const PRIORITY = 13 * 8 + 5;

/**
 * Sends messages by RFC 5424 over TLS, each behind its length (RFC 5425). Syslog confirms nothing, so each batch has a connection of
 * its own, which the receiver closes once it has read to its end: a connection that breaks before has confirmed nothing.
 */
export function syslogSink({ host, port, ca }: { host: string; port: number; ca: string | null }) {
  return async ({ entries }: Batch): Promise<void> => {
    const socket = connect({
      host,
      port,
      minVersion: "TLSv1.2",
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca }),
    });
    try {
      await within(deliver(socket, entries), PATIENCE, () => {
        throw new Error("the syslog receiver did not take a batch in time");
      });
    } finally {
      socket.destroy();
    }
  };
}

async function deliver(socket: TLSSocket, entries: Entry[]): Promise<void> {
  // The receiver's own end, once it has read ours; an error of the socket comes instead where the connection breaks.
  const ended = once(socket, "end");
  ended.catch(() => undefined);
  await once(socket, "secureConnect");
  socket.resume();
  socket.end(Buffer.concat(entries.map(frame)));
  await ended;
}

function frame({ kind, at, line }: Entry): Buffer {
  const header = `<${PRIORITY}>1 ${at.toISOString()} ${hostname() || "-"} tocsin ${process.pid} audit.${kind} -`;
  const message = Buffer.from(`${header} ${line}`, "utf8");
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}
