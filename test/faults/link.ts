import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connect, createServer, type Socket } from "node:net";

/** A TCP connection's way from a node to a service, which can be troubled. */
export interface Link {
  port: number;
  /** Ends every connection, and refuses new ones, until mended. */
  cut(): void;
  /** Lets connections stand and passes nothing on, until mended. */
  hang(): void;
  /** Passes everything on so much later, until mended; ms. */
  slow(ms: number): void;
  mend(): void;
  close(): Promise<void>;
}

type State = { kind: "well" | "cut" | "hung" } | { kind: "slow"; ms: number };

/** A link to a port of this machine. */
export async function openLink(to: number): Promise<Link> {
  let state: State = { kind: "well" };
  const open = new Set<Pair>();
  const server = createServer((near) => {
    if (state.kind === "cut") return void near.destroy();
    const pair = pairOf(near, connect(to, "127.0.0.1"), () => open.delete(pair));
    open.add(pair);
    pair.adapt(state);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const become = (next: State): void => {
    state = next;
    for (const pair of open) pair.adapt(state);
  };
  return {
    port,
    cut: () => become({ kind: "cut" }),
    hang: () => become({ kind: "hung" }),
    slow: (ms) => become({ kind: "slow", ms }),
    mend: () => become({ kind: "well" }),
    close: async () => {
      become({ kind: "cut" });
      await new Promise((done) => server.close(done));
    },
  };
}

/** The two sockets of a connection that passes through. */
interface Pair {
  adapt(state: State): void;
}

function pairOf(near: Socket, far: Socket, onClose: () => void): Pair {
  let lateBy = 0;
  const join = (from: Socket, to: Socket): void => {
    from.setNoDelay(true);
    // One after the other, so that nothing overtakes what was sent while the link was slower.
    let before = Promise.resolve();
    let waiting = 0;
    const pass = (work: () => void): void => {
      if (lateBy === 0 && waiting === 0) return work();
      const at = performance.now() + lateBy;
      waiting += 1;
      before = before
        .then(() => delay(Math.max(0, at - performance.now())))
        .then(() => {
          waiting -= 1;
          work();
        });
    };
    from.on("data", (bytes: Buffer) => pass(() => to.writable && to.write(bytes)));
    from.on("end", () => pass(() => to.end()));
    from.on("error", () => undefined);
    from.on("close", () => {
      to.destroy();
      onClose();
    });
  };
  join(near, far);
  join(far, near);
  return {
    adapt: (state) => {
      lateBy = state.kind === "slow" ? state.ms : 0;
      for (const socket of [near, far]) {
        if (state.kind === "cut") socket.destroy();
        else if (state.kind === "hung") socket.pause();
        else socket.resume();
      }
    },
  };
}
