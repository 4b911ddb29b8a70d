import { EgressError } from "../../channels/egress-error.ts";
import { createEgress } from "../../channels/egress.ts";
import type { Resolve } from "../../channels/guard.ts";
import { bareHost, hostOf } from "../../channels/hosts.ts";
import type { Logger } from "../../config/log.ts";
import { createResolve } from "../webhooks/resolve.ts";

/** How long a source may take, redirects included; ms. */
const TIMEOUT = 10_000;
/** The largest calendar; bytes. */
export const MOST_BYTES = 262_144;
const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];

/** By which a source says that nothing has changed. */
export interface Validators {
  etag: string | null;
  last_modified: string | null;
}

const NOTHING_KNOWN: Validators = { etag: null, last_modified: null };

export type Fetched =
  | ({ kind: "read"; text: string } & Validators)
  /** Nothing has changed. */
  | { kind: "same" }
  | { kind: "failed"; code: string };

/** Asks an address for its calendar; with validators, for a changed one only. It throws for no address and no answer. */
export type FetchCalendar = (url: string, known?: Validators) => Promise<Fetched>;

export interface FetchDeps {
  /** Hosts inside that may be reached: CHANNEL_PRIVATE_HOSTS. */
  privateHosts: string[];
  log: Logger;
  /** How long a source may take; ms. */
  timeout?: number;
  /** Resolves names; default by DNS. */
  resolve?: Resolve;
}

/**
 * Reads calendars behind the same guard as channels and webhooks: HTTPS to public addresses, and addresses inside only where the operator lists
 * the host. Each address that a redirect leads to is judged anew.
 */
export function createFetchCalendar({ privateHosts, log, timeout, resolve }: FetchDeps): FetchCalendar {
  const inside = new Set(privateHosts.map(bareHost));
  const byDns = createResolve(inside);
  return async (first, { etag, last_modified } = NOTHING_KNOWN) => {
    const signal = AbortSignal.timeout(timeout ?? TIMEOUT);
    const headers = {
      Accept: "text/calendar",
      "Accept-Encoding": "identity",
      "User-Agent": "Tocsin",
      ...(etag === null ? {} : { "If-None-Match": etag }),
      ...(last_modified === null ? {} : { "If-Modified-Since": last_modified }),
    };
    try {
      let url = first;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const { fetch } = createEgress({
          plugin: "calendars",
          hosts: hostOf(url),
          privateHosts: inside,
          log,
          resolve: resolve ?? byDns,
        });
        const answer = await fetch(url, { headers, signal });
        const location = answer.headers.get("location");
        if (!REDIRECTS.includes(answer.status) || location === null) return await take(answer);
        if (!URL.canParse(location, url)) return failed("redirect");
        const next = new URL(location, url);
        if (next.username !== "" || next.password !== "") return failed("redirect");
        url = next.href;
      }
      return failed("redirect");
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      return failed(signal.aborted ? "timeout" : error.code);
    }
  };
}

const failed = (code: string): Fetched => ({ kind: "failed", code });

async function take(answer: Response): Promise<Fetched> {
  const { status, headers } = answer;
  if (status === 304) return { kind: "same" };
  if (status !== 200) return failed(`http_${status}`);
  if (!["", "identity"].includes(headers.get("content-encoding")?.toLowerCase() ?? ""))
    return failed("encoding");
  const bytes = await answer.arrayBuffer();
  if (bytes.byteLength > MOST_BYTES) return failed("too_large");
  const short = (name: string): string | null => {
    const value = headers.get(name);
    return value === null || value.length > 200 ? null : value;
  };
  return {
    kind: "read",
    text: new TextDecoder().decode(bytes),
    etag: short("etag"),
    last_modified: short("last-modified"),
  };
}
