import type { Socket } from "node:net";
export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;
export type Connect = (to: {
  host: string;
  port: number;
  tls?: boolean;
  signal?: AbortSignal;
}) => Promise<Socket>;
