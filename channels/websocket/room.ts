import type { Limits } from "./limits.ts";
import type { SocketOwner } from "./ports.ts";

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
 * all taken, a network that holds more of them than another one wants gives up its oldest: no few networks keep the others out.
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
  /** The network with most such sockets, where those are more than `network` would have with another one. */
  function largest(network: string): string | null {
    let [found, most]: [string | null, number] = [null, held(network) + 1];
    for (const [other, { size }] of waiting) if (size > most) [found, most] = [other, size];
    return found;
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
        waiting.get(network)?.delete(end);
        if (waiting.get(network)?.size === 0) waiting.delete(network);
      };
      const end = (): void => {
        leave();
        giveUp();
      };
      if (owner === null) waiting.set(network, (waiting.get(network) ?? new Set()).add(end));
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
