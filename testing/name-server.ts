import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";
import { onTestFinished } from "vitest";

/** A name server of a test's own. */
export interface NameServer {
  /** Its address and port. */
  address: string;
  /** How often somebody asked it for addresses of version 4. */
  asked(): number;
}

/** Kinds of records: addresses of version 4, and of version 6. */
const A = 1;
const AAAA = 28;

/**
 * Starts a name server that gives every name the addresses of its next turn, and those of the last one from then on.
 * @param turns the addresses that it gives at the first question, at the second, and so on
 */
export async function startNameServer(...turns: string[][]): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked = { [A]: 0, [AAAA]: 0 };
  const turnOf = (kind: typeof A | typeof AAAA): string[] => turns[asked[kind]++] ?? turns.at(-1) ?? [];
  socket.on("message", (question, { address: to, port }) => {
    const end = question.indexOf(0, 12) + 5;
    const kind = question.readUInt16BE(end - 4);
    const found = kind === A || kind === AAAA ? turnOf(kind) : [];
    const records = found.filter((one) => isIPv4(one) === (kind === A)).map((one) => record(kind, one));
    const head = Buffer.from(question.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, question.subarray(12, end), ...records]), port, to);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return { address: `127.0.0.1:${socket.address().port}`, asked: () => asked[A] };
}

/** The answer to a question, which is to be kept for no time. */
function record(kind: number, address: string): Buffer {
  const bytes = isIPv4(address) ? Buffer.from(address.split(".").map(Number)) : bytesOf(address);
  return Buffer.concat([Buffer.from([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, bytes.length]), bytes]);
}

/** An address of version 6, with `::` in it. */
function bytesOf(address: string): Buffer {
  const [left = [], right = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const groups = [...left, ...zeros, ...right];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}
