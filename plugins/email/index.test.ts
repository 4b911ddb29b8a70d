import { createServer } from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EgressError } from "tocsin/channel";
import { toolsFor } from "tocsin/testkit";
import plugin from "./index.ts";
import { deliverable, started } from "./testing/attempt.ts";
import { PASSWORD, reply, startMailServer, USER, type MailServer } from "./testing/server.ts";

let server: MailServer;
beforeEach(async () => {
  server = await startMailServer();
});
afterEach(() => server.close());

const account = { user: USER, password: PASSWORD };

describe("delivery", () => {
  it("is encrypted by STARTTLS and signed in, and accepted under its Message-ID", async () => {
    const email = await started(server, { tls: "starttls", ca: server.cert, ...account });
    const outcome = await email.deliver(deliverable());
    expect(outcome).toEqual({
      kind: "accepted",
      providerId: "0192f0c1-7a00-7000-8000-000000000001@hospital.example",
    });
    expect(server.mails).toMatchObject([
      { from: "alerts@hospital.example", to: ["ada@clinic.example"], secure: true, user: USER },
    ]);
    expect(server.mails[0]?.raw).toContain("A result is ready for [NAME].");
  });

  it("is encrypted from the first byte where the server wants that", async () => {
    const implicit = await startMailServer({ secure: true });
    try {
      const email = await started(implicit, { tls: "implicit", ca: implicit.cert, ...account });
      expect(await email.deliver(deliverable())).toMatchObject({ kind: "accepted" });
      expect(implicit.mails).toMatchObject([{ secure: true }]);
    } finally {
      await implicit.close();
    }
  });

  it.each([
    ["a certificate that nobody vouches for", { tls: "starttls" }],
    ["a certificate of another name", { tls: "starttls", servername: "other.example", own: true }],
  ])("refuses %s, and sends nothing", async (_name, { own, ...settings }: { tls: string; own?: boolean }) => {
    const email = await started(server, { ...settings, ...account, ...(own ? { ca: server.cert } : {}) });
    expect(await email.deliver(deliverable())).toEqual({ kind: "reject", code: "tls_failed" });
    expect(server.mails).toEqual([]);
  });

  it("never falls back to plaintext where the server offers no STARTTLS", async () => {
    const plain = await startMailServer({ disabledCommands: ["STARTTLS"] });
    try {
      const email = await started(plain, { tls: "starttls", ca: plain.cert, ...account });
      expect(await email.deliver(deliverable())).toEqual({ kind: "reject", code: "tls_failed" });
      expect(plain.mails).toEqual([]);
    } finally {
      await plain.close();
    }
  });

  it("sends the bounces where they are wanted", async () => {
    const email = await started(server, { bounces_to: "bounces@hospital.example" });
    await email.deliver(deliverable());
    expect(server.mails).toMatchObject([{ from: "bounces@hospital.example" }]);
  });

  it.each([
    "ada@clinic.example\r\nRCPT TO:<eve@evil.example>",
    "ada@clinic.example,eve@evil.example",
    "Ada <ada@clinic.example>",
    "staff: ada@clinic.example;",
  ])("refuses the recipient %j without a connection", async (address) => {
    let connections = 0;
    server.script.connect = () => void connections++;
    const email = await started(server);
    expect(await email.deliver(deliverable(address))).toEqual({ kind: "reject", code: "invalid_address" });
    expect(connections).toBe(0);
    expect(server.mails).toEqual([]);
  });

  it("needs an address", async () => {
    const email = await started(server);
    expect(await email.deliver(deliverable(null))).toEqual({ kind: "reject", code: "no_address" });
  });
});

describe("an answer that is a refusal", () => {
  it.each([
    ["connect", 421, "made up", "retry", "server_busy"],
    ["connect", 554, "made up", "reject", "service_refused"],
    ["mail", 451, "made up", "retry", "server_error"],
    ["mail", 550, "made up", "reject", "sender_refused"],
    ["recipient", 421, "made up", "retry", "server_busy"],
    ["recipient", 450, "made up", "retry", "mailbox_busy"],
    ["recipient", 450, "4.2.2 made up", "retry", "mailbox_full"],
    ["recipient", 452, "made up", "retry", "server_full"],
    ["recipient", 550, "made up", "reject", "mailbox_unavailable"],
    ["recipient", 550, "5.1.1 made up", "reject", "mailbox_unavailable"],
    ["recipient", 550, "5.1.2 made up", "reject", "domain_unavailable"],
    ["recipient", 550, "5.7.1 made up", "reject", "refused_by_policy"],
    ["recipient", 552, "5.2.2 made up", "reject", "mailbox_full"],
    ["recipient", 553, "made up", "reject", "invalid_address"],
    ["data", 421, "made up", "retry", "server_busy"],
    ["data", 451, "made up", "retry", "server_error"],
    ["data", 552, "5.3.4 made up", "reject", "message_too_large"],
    ["data", 554, "made up", "reject", "refused_by_policy"],
  ] as const)("at %s with %i %s is %s %s", async (stage, code, text, kind, slug) => {
    server.script[stage] = () => Promise.reject(reply(code, text));
    const lines: unknown[] = [];
    const email = await started(server, {}, lines);
    expect(await email.deliver(deliverable())).toEqual({ kind, code: slug });
    expect(server.mails).toEqual([]);
    expect(JSON.stringify(lines)).not.toMatch(/made up|ada@|NAME/);
  });

  it("of the sign-in is for good", async () => {
    const settings = { tls: "starttls", ca: server.cert, user: USER, password: "wrong" };
    const email = await started(server, settings);
    expect(await email.deliver(deliverable())).toEqual({ kind: "reject", code: "auth_failed" });
  });
});

describe("a connection", () => {
  it("that can't be made is tried again", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const address = closed.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    const email = await started({ port });
    expect(await email.deliver(deliverable())).toEqual({ kind: "retry", code: "unreachable" });
    expect(await email.check()).toEqual({ ok: false, code: "unreachable" });
  });

  it("cut in the handshake is tried again", async () => {
    const cutter = createServer((socket) => {
      socket.write("220 made-up\r\n");
      socket.on("data", (line) => {
        const starts = line.toString().startsWith("STARTTLS");
        if (!starts && !line.toString().startsWith("EHLO")) socket.destroy();
        else socket.write(starts ? "220 go on\r\n" : "250-made-up\r\n250 STARTTLS\r\n");
      });
    });
    cutter.listen(0, "127.0.0.1");
    await once(cutter, "listening");
    const address = cutter.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const email = await started({ port }, { tls: "starttls" });
    const outcome = await email.deliver(deliverable());
    expect(outcome).toMatchObject({ kind: "retry" });
    await new Promise((resolve) => cutter.close(resolve));
  });

  it("to an address inside that is not allowed is refused", async () => {
    const inside = new EgressError("private_address", "made up");
    const config = plugin.config.parse({ host: "smtp.example", from: "alerts@hospital.example" });
    const connect = (): Promise<never> => Promise.reject(inside);
    const email = await plugin.start(config, { ...toolsFor(plugin, []), connect });
    expect(await email.deliver(deliverable())).toEqual({ kind: "reject", code: "private_address" });
    expect(await email.check()).toEqual({ ok: false, code: "private_address" });
  });

  it("cut before the message is tried again", async () => {
    server.script.recipient = () => {
      server.drop();
    };
    const email = await started(server);
    expect(await email.deliver(deliverable())).toEqual({ kind: "retry", code: "connection_lost" });
  });

  it("cut after the message leaves it unknown", async () => {
    server.script.data = () => {
      server.drop();
    };
    const email = await started(server);
    expect(await email.deliver(deliverable())).toEqual({ kind: "unknown", code: "answer_lost" });
    expect(server.mails).toHaveLength(1);
  });

  it.each([
    ["connect", { kind: "retry", code: "aborted" }],
    ["recipient", { kind: "retry", code: "aborted" }],
    ["data", { kind: "unknown", code: "aborted" }],
  ] as const)("to a server that hangs at %s ends with the signal", async (stage, outcome) => {
    const controller = new AbortController();
    const { promise: never, resolve: release } = Promise.withResolvers<void>();
    server.script[stage] = () => {
      controller.abort();
      return never;
    };
    const email = await started(server);
    expect(await email.deliver(deliverable(undefined, {}, controller.signal))).toEqual(outcome);
    release();
  });

  it("is not made for an attempt that is over already", async () => {
    const email = await started(server);
    const outcome = await email.deliver(deliverable(undefined, {}, AbortSignal.abort()));
    expect(outcome).toEqual({ kind: "retry", code: "aborted" });
    expect(server.mails).toEqual([]);
  });
});

describe("check", () => {
  const secure = (): object => ({ tls: "starttls", ca: server.cert });

  it("connects, encrypts and signs in, and sends nothing", async () => {
    let mails = 0;
    server.script.mail = () => void mails++;
    const email = await started(server, { ...secure(), ...account });
    expect(await email.check()).toEqual({ ok: true });
    expect(mails).toBe(0);
  });

  it("says that the credentials are wrong", async () => {
    const email = await started(server, { ...secure(), ...account, password: "wrong" });
    expect(await email.check()).toEqual({ ok: false, code: "auth_failed" });
  });

  it("says that the server can't be trusted", async () => {
    const email = await started(server, { tls: "starttls", ...account });
    expect(await email.check()).toEqual({ ok: false, code: "tls_failed" });
  });
});
