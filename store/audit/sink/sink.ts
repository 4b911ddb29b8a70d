import type { AuditSink } from "../../../config/audit-sink.ts";
import type { Batch } from "./batch.ts";
import { fileSink } from "./file.ts";
import { s3Sink } from "./s3.ts";
import { syslogSink } from "./syslog.ts";

/** A place off this machine that keeps what it is given. */
export interface Sink {
  url: string;
  /** Resolves once the place has all of it. @throws where it may not have; the same batch is then given again */
  write(batch: Batch): Promise<void>;
}

export function openSink(config: AuditSink): Sink {
  switch (config.kind) {
    case "file":
      return { url: config.url, write: fileSink(config) };
    case "syslog":
      return { url: config.url, write: syslogSink(config) };
    case "s3":
      return { url: config.url, write: s3Sink(config) };
  }
}
