import { availableParallelism } from "node:os";
import { CONNECTIONS } from "../config/env.ts";

/** How much a node does at a time. */
export interface Size {
  /**
   * Its connections to PostgreSQL: for all work; in reserve for what is critical, which waits behind nothing else; and for what sockets
   * read.
   */
  connections: { work: number; reserve: number; sockets: number };
  /** What the gates and workers let through, by how much more than on two cores. */
  times: number;
}

/**
 * A node's size follows from its connections, and from its cores: gates protect both. The figures that it multiplies were measured on
 * two cores and so many connections; a smaller node keeps them.
 */
export function sizeOf(connections: number, cores: number = availableParallelism()): Size {
  const part = Math.floor((connections * 2) / 9);
  return {
    connections: { work: connections - 2 * part, reserve: part, sockets: part },
    times: Math.max(1, Math.floor(Math.min(cores / 2, connections / CONNECTIONS))),
  };
}
