/** What one socket, and all of them, may use. Times in ms, sizes in bytes. */
export interface Limits {
  /** Time to send the `auth` frame. */
  authMs: number;
  pingMs: number;
  /** Every how many pings the session and the position are checked; each ping while the bus is away. */
  checkEveryPings: number;
  /** Largest frame from a client. */
  maxFrameBytes: number;
  /** Notifications read from the store at once. */
  pageSize: number;
  /** Unsent bytes above which nothing more is read from the store for this socket. */
  highWaterBytes: number;
  /** Unsent bytes at which the socket is closed at once. */
  maxBufferedBytes: number;
  /** A reader that takes nothing for so long is closed. */
  stallMs: number;
  /** A reader that stays above the high-water mark for so long is closed. */
  slowMs: number;
  /** Frames a client may send at once, and per second after that. */
  frameBurst: number;
  framesPerSecond: number;
  /** Sockets of this node that have signed in: in all, from a network, of a person and of a session. */
  maxSockets: number;
  maxPerNetwork: number;
  maxPerPerson: number;
  maxPerSession: number;
  /** Those that have not signed in yet: in all, and from a network. */
  maxAnonymous: number;
  maxAnonymousPerNetwork: number;
}

export const DEFAULT_LIMITS: Limits = {
  authMs: 15_000,
  pingMs: 25_000,
  checkEveryPings: 4,
  maxFrameBytes: 16 * 1024,
  pageSize: 100,
  highWaterBytes: 256 * 1024,
  // One notification is at most 65,536 bytes, six times that when every character is escaped: the two together fit.
  maxBufferedBytes: 1024 * 1024,
  stallMs: 5_000,
  slowMs: 30_000,
  frameBurst: 60,
  framesPerSecond: 30,
  maxSockets: 20_000,
  // A whole hospital may come from one address; half of the node is left to others.
  maxPerNetwork: 10_000,
  maxPerPerson: 50,
  // Tabs of one browser.
  maxPerSession: 25,
  maxAnonymous: 1_000,
  maxAnonymousPerNetwork: 100,
};
