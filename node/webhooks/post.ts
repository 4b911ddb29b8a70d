import { retryAfterMs } from "../../channels/answers.ts";
import { EgressError } from "../../channels/egress-error.ts";
import { createEgress } from "../../channels/egress.ts";
import type { Resolve } from "../../channels/guard.ts";
import { bareHost, hostOf } from "../../channels/hosts.ts";
import type { Logger } from "../../config/log.ts";
import type { Ending } from "../../store/webhooks/queue.ts";
import { createResolve } from "./resolve.ts";
import { headersFor, type Message } from "./sign.ts";

/** How long a receiver may take to answer; ms. */
const TIMEOUT = 15_000;

/** A message on its way to one address. */
export interface Post {
  url: string;
  message: Message;
  keys: Buffer[];
  signal?: AbortSignal;
}

export interface PosterDeps {
  /** Hosts inside that may be reached: CHANNEL_PRIVATE_HOSTS. */
  privateHosts: string[];
  log: Logger;
  /** How long a receiver may take to answer; ms. */
  timeout?: number;
  /** Resolves names; default by DNS. */
  resolve?: Resolve;
}

/**
 * Brings messages to webhooks, behind the same guard as channels: HTTPS to public addresses, and addresses inside only where the operator
 * lists the host, be it written as a name or as an address. Redirects are not followed. Any 2xx is a success, 410 says that the receiver
 * is gone.
 */
export function createPoster({
  privateHosts,
  log,
  timeout = TIMEOUT,
  resolve,
}: PosterDeps): (post: Post) => Promise<Ending> {
  const inside = new Set(privateHosts.map(bareHost));
  const byDns = createResolve(inside);
  return async ({ url, message, keys, signal }) => {
    const { fetch } = createEgress({
      plugin: "webhooks",
      hosts: hostOf(url),
      privateHosts: inside,
      log,
      resolve: resolve ?? byDns,
    });
    const late = AbortSignal.timeout(timeout);
    try {
      const { status, headers } = await fetch(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "User-Agent": "Tocsin",
          ...headersFor(message, keys),
        },
        body: message.body,
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      });
      if (status >= 200 && status < 300) return { code: null };
      const wait = retryAfterMs(headers.get("retry-after"), Date.now());
      return { code: `http_${status}`, gone: status === 410, retryAfterMs: wait };
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return { code: late.aborted ? "timeout" : error.code };
    }
  };
}
