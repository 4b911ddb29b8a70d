import type { Socket } from "node:net";

/** How a channel sends HTTP requests: as the platform's `fetch`, to its declared hosts only. Errors are `EgressError`s. */
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
/** How a channel opens connections of its own. Errors are `EgressError`s. */
export type Connect = (to: ConnectOptions) => Promise<Socket>;

export interface ConnectOptions {
  host: string;
  port: number;
  /** TLS from the first byte; the certificate must be the host's. */
  tls?: boolean;
  signal?: AbortSignal;
}
