import { siteOf } from "../../config/network.ts";
import type { Limits } from "./limits.ts";
import type { SocketOwner } from "./ports.ts";
import { createSizes, type Sizes } from "./sizes.ts";

/** Why there is no place for a socket: a slug. */
export type Full =
  "full" | "full_anonymous" | "full_anonymous_network" | "full_network" | "full_person" | "full_session";

/** A socket's place among those of its kind. */
export interface Place {
  /** Moves the socket to the places of those who have signed in. Where none is left it stays, and the reason is answered. */
  signIn(owner: SocketOwner): Full | null;
  leave(): void;
}

/** Counts the sockets of a node, so that no socket takes a place to which another has a right. */
export interface Room {
  /** Why there is no place for another socket; null where there is one, or another one gives its place up for it. */
  full(network: string, owner: SocketOwner | null): Full | null;
  /** @param giveUp ends the socket: as long as it has not signed in, it may have to give its place to another network's */
  enter(network: string, owner: SocketOwner | null, giveUp: () => void): Place;
}

interface Bound {
  key: string;
  most: number;
  why: Full;
}

/**
 * People who have signed in have places that nobody else can take: sockets without a session are counted apart. Where their places are
 * all taken, a network that holds more of them than another one wants gives up its oldest: no few networks keep the others out, nor do the
 * many of one site.
 * A network is an IPv4 address, or the range of IPv6 addresses that one client has.
 */
export function createRoom(limits: Limits): Room {
  const taken = new Map<string, number>();
  const count = (key: string, by: 1 | -1): void => {
    const left = (taken.get(key) ?? 0) + by;
    if (left > 0) taken.set(key, left);
    else taken.delete(key);
  };

  const boundsOf = (network: string, owner: SocketOwner | null): Bound[] =>
    owner === null
      ? [
          { key: "anonymous", most: limits.maxAnonymous, why: "full_anonymous" },
          {
            key: `anonymous at ${network}`,
            most: limits.maxAnonymousPerNetwork,
            why: "full_anonymous_network",
          },
        ]
      : [
          { key: "signed in", most: limits.maxSockets, why: "full" },
          { key: `network ${network}`, most: limits.maxPerNetwork, why: "full_network" },
          { key: `person ${owner.userId}`, most: limits.maxPerPerson, why: "full_person" },
          { key: `session ${owner.sessionId}`, most: limits.maxPerSession, why: "full_session" },
        ];

  /** How sockets that have not signed in are ended, by their network, the oldest first. */
  const waiting = new Map<string, Set<() => void>>();
  const held = (network: string): number => waiting.get(network)?.size ?? 0;
  const siteOrSelf = (network: string): string => siteOf(network) ?? network;
  /** How many of them each site has. */
  const sites = createSizes();
  /** How many each network of a site has, by site. */
  const networksOf = new Map<string, Sizes>();
  const change = (network: string, by: 1 | -1): void => {
    const site = siteOrSelf(network);
    const networks = networksOf.get(site) ?? createSizes();
    networks.change(network, by);
    sites.change(site, by);
    if (sites.of(site) > 0) networksOf.set(site, networks);
    else networksOf.delete(site);
  };
  /**
   * The network that gives way to another socket of `network`: of the site with most such sockets, where those are more than the site would have
   * with another one; within a site by its networks likewise.
   */
  function largest(network: string): string | null {
    const own = siteOrSelf(network);
    const site = sites.largest(sites.of(own) + 1) ?? own;
    return networksOf.get(site)?.largest(site === own ? held(network) + 1 : 0) ?? null;
  }

  const full: Room["full"] = (network, owner) => {
    const why = boundsOf(network, owner).find(({ key, most }) => (taken.get(key) ?? 0) >= most)?.why ?? null;
    return why === "full_anonymous" &&
      held(network) < limits.maxAnonymousPerNetwork &&
      largest(network) !== null
      ? null
      : why;
  };

  function makeRoom(network: string): void {
    const from = (taken.get("anonymous") ?? 0) >= limits.maxAnonymous ? largest(network) : null;
    const [oldest] = from === null ? [] : (waiting.get(from) ?? []);
    oldest?.();
  }

  return {
    full,
    enter: (network, owner, giveUp) => {
      if (owner === null) makeRoom(network);
      let held = boundsOf(network, owner);
      held.forEach(({ key }) => count(key, 1));
      const leave = (): void => {
        held.forEach(({ key }) => count(key, -1));
        held = [];
        if (waiting.get(network)?.delete(end) === true) change(network, -1);
        if (waiting.get(network)?.size === 0) waiting.delete(network);
      };
      const end = (): void => {
        leave();
        giveUp();
      };
      if (owner === null) {
        waiting.set(network, (waiting.get(network) ?? new Set()).add(end));
        change(network, 1);
      }
      return {
        leave,
        signIn: (owner) => {
          const why = full(network, owner);
          if (why !== null) return why;
          leave();
          held = boundsOf(network, owner);
          held.forEach(({ key }) => count(key, 1));
          return null;
        },
      };
    },
  };
}
