import type { z } from "zod";
import { PROTOCOL } from "../../channels/contract.ts";
import { CLIENT_FRAMES, CLOSE_CODES } from "../../channels/websocket/protocol.ts";
import { createSchemas, type JsonSchema, type Schemas } from "../openapi/schemas.ts";
import { SERVER_FRAMES } from "./frames.ts";

/** An AsyncAPI 3 document, as far as the program and its tests read it. */
export interface AsyncApi {
  asyncapi: "3.0.0";
  channels: { live: { messages: Record<string, Reference>; [more: string]: unknown } };
  operations: Record<
    "tell" | "hear",
    { action: "send" | "receive"; messages: Reference[]; [more: string]: unknown }
  >;
  components: {
    messages: Record<string, Message>;
    schemas: Record<string, JsonSchema>;
    [more: string]: unknown;
  };
  [more: string]: unknown;
}

interface Reference {
  $ref: string;
}

interface Message {
  name: string;
  summary: string;
  payload: JsonSchema;
  examples: { payload: unknown }[];
}

type Frame = z.ZodObject<{ type: z.ZodLiteral<string> }>;

/** The live channel as an AsyncAPI document: made of the schemas that check a client's frames, and of those that type the node's. */
export function toLiveDocument(): AsyncApi {
  const schemas = createSchemas("draft-7");
  const sent = Object.fromEntries(SERVER_FRAMES.map((frame) => describe(frame, "output", schemas)));
  const taken = Object.fromEntries(CLIENT_FRAMES.map((frame) => describe(frame, "input", schemas)));
  const messages = { ...sent, ...taken };
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Tocsin's live channel",
      version: "1",
      description:
        "An inbox's changes, and its person's acts, as JSON text frames of a WebSocket. The other calls: `GET /api/openapi.json`.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    channels: {
      live: {
        address: "/api/realtime",
        title: "The live channel",
        description: `Speaks the WebSocket protocol \`${PROTOCOL}\`. A session's cookie signs the socket in, with a matching Origin; a client without one sends \`auth\` first.`,
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: "GET",
            headers: {
              type: "object",
              properties: { "Sec-WebSocket-Protocol": { type: "string", const: PROTOCOL } },
            },
            bindingVersion: "0.1.0",
          },
        },
        "x-close-codes": CLOSE_CODES,
      },
    },
    operations: {
      tell: operation("send", "What a node tells its sockets", Object.keys(sent)),
      hear: operation("receive", "What a client may send", Object.keys(taken)),
    },
    components: {
      messages,
      schemas: schemas.components,
      securitySchemes: {
        session: {
          type: "httpApiKey",
          in: "cookie",
          name: "tocsin",
          description:
            "A signed-in person; behind TLS the cookie is __Host-tocsin. A matching Origin comes with it",
        },
      },
    },
  };
}

function describe(frame: Frame, side: "input" | "output", schemas: Schemas): [name: string, Message] {
  const { description = "", examples } = frame.meta() ?? {};
  const shown: unknown[] = Array.isArray(examples) ? examples : [];
  const [name] = frame.shape.type.values;
  if (name === undefined) throw new Error("a frame has no type");
  return [
    name,
    {
      name,
      summary: description,
      payload: schemas.named(frame, side, `${name}Frame`),
      examples: shown.map((payload) => ({ payload })),
    },
  ];
}

const operation = (action: "send" | "receive", summary: string, messages: string[]) => ({
  action,
  summary,
  channel: { $ref: "#/channels/live" },
  messages: messages.map((name) => ({ $ref: `#/channels/live/messages/${name}` })),
  security: [{ $ref: "#/components/securitySchemes/session" }],
});
