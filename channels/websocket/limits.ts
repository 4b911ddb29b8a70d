/** Limits of one socket, and of all sockets of a node. Times in ms, sizes in bytes. */
export interface Limits {
  /** Time to send the `auth` frame. */
  authMs: number;
  pingMs: number;
  /** Pings from one check of the session and the position to the next. While the bus is away every ping checks. */
  checkEveryPings: number;
  /** Largest frame from a client. */
  maxFrameBytes: number;
  /** Pieces that a frame may come in: of the protocol's, and of the network's. Each is held with some 150 bytes of its own until the last one has come. */
  maxFragments: number;
  maxChunks: number;
  /** Notifications read from the store at once. */
  pageSize: number;
  /** Unsent bytes above which nothing more is read from the store for this socket. */
  highWaterBytes: number;
  /** Unsent bytes at which the socket is closed at once. */
  maxBufferedBytes: number;
  /** How long a reader may take nothing before its socket is closed. */
  stallMs: number;
  /** How long a reader may stay above the high-water mark before its socket is closed. */
  slowMs: number;
  /** Frames a client may send at once, and per second after that. */
  frameBurst: number;
  framesPerSecond: number;
  /** Sockets of this node that have signed in: in all, from a network, of a person and of a session. */
  maxSockets: number;
  maxPerNetwork: number;
  maxPerPerson: number;
  maxPerSession: number;
  /** Sockets of this node that have not signed in yet: in all, and from a network. */
  maxAnonymous: number;
  maxAnonymousPerNetwork: number;
}

export const DEFAULT_LIMITS: Limits = {
  authMs: 15_000,
  pingMs: 25_000,
  checkEveryPings: 4,
  maxFrameBytes: 16 * 1024,
  maxFragments: 64,
  maxChunks: 1_024,
  pageSize: 100,
  highWaterBytes: 256 * 1024,
  // A notification is at most 65,536 bytes, or six times that with every character escaped: one fits on top of the high-water mark.
  maxBufferedBytes: 1024 * 1024,
  stallMs: 5_000,
  slowMs: 30_000,
  frameBurst: 60,
  framesPerSecond: 30,
  maxSockets: 20_000,
  // A whole hospital may come from one address; half of the node is left to other networks.
  maxPerNetwork: 10_000,
  maxPerPerson: 50,
  // Tabs of one browser.
  maxPerSession: 25,
  maxAnonymous: 1_000,
  maxAnonymousPerNetwork: 100,
};
