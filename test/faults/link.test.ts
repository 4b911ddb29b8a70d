import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Link, openLink } from "./link.ts";

describe("a link", () => {
  let server: Server;
  let link: Link;
  let client: Socket;
  beforeEach(async () => {
    server = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const address = server.address();
    link = await openLink(typeof address === "object" && address !== null ? address.port : 0);
    client = connect(link.port, "127.0.0.1");
    client.on("error", () => undefined);
    await once(client, "connect");
    expect(await echo("first")).toBe("first");
  });
  afterEach(async () => {
    client.destroy();
    await link.close();
    await new Promise((done) => server.close(done));
  });

  /** Sends a text, and waits until so many characters are back. */
  async function echo(text: string, length = text.length): Promise<string> {
    client.write(text);
    let heard = "";
    while (heard.length < length) heard += String((await once(client, "data"))[0]);
    return heard;
  }

  it("that is cut ends connections, and takes none until it is mended", async () => {
    const closed = once(client, "close");
    link.cut();
    await closed;
    const refused = connect(link.port, "127.0.0.1").on("error", () => undefined);
    await once(refused, "close");
    link.mend();
    client = connect(link.port, "127.0.0.1");
    expect(await echo("again")).toBe("again");
  });

  it("that hangs passes nothing on, and all of it once it is mended", async () => {
    link.hang();
    let heard = false;
    const answer = echo("late").finally(() => (heard = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard).toBe(false);
    link.mend();
    expect(await answer).toBe("late");
  });

  it("that is slow passes everything on later, in order, also what comes once it is mended", async () => {
    link.slow(150);
    const from = performance.now();
    client.write("one ");
    await new Promise((resolve) => setTimeout(resolve, 20));
    // However late that was: what can be read has been read by now.
    await new Promise((resolve) => setImmediate(resolve));
    link.mend();
    expect(await echo("two", "one two".length)).toBe("one two");
    expect(performance.now() - from).toBeGreaterThanOrEqual(149);
  });
});
