import { z } from "zod";
import { retryAfterMs, type ChannelTools } from "tocsin/channel";
import type { SmsConfig } from "./config.ts";

/** The fields of Twilio's Message resource that are read. */
const messageSchema = z.object({
  sid: z.string().regex(/^(SM|MM)[0-9a-fA-F]{32}$/),
  status: z.string(),
  error_code: z.int().nullish(),
});
const errorSchema = z.object({ code: z.int() });

type Message = z.infer<typeof messageSchema>;

/** The API's answer. `code` is Twilio's number; its text is not kept. */
export interface Answer {
  status: number;
  /** Set where the body is a Message resource. */
  message?: Message;
  code?: number;
  /** The wait that Retry-After asks for, in ms. */
  retryAfterMs?: number;
}

export interface Api {
  /** POST to the account's Messages resource. */
  createMessage(form: Record<string, string>, signal: AbortSignal): Promise<Answer>;
  /** GET of something small that only a valid sign-in can read. */
  probe(signal: AbortSignal): Promise<Answer>;
}

/** Twilio's REST API (2010-04-01) over the injected fetch, which rejects when there was no answer. */
export function twilioApi(config: SmsConfig, fetch: ChannelTools["fetch"]): Api {
  const { account_sid, auth_token, api_key_sid, api_key_secret } = config;
  const user = api_key_sid ?? account_sid;
  const authorization = `Basic ${Buffer.from(`${user}:${api_key_secret ?? auth_token}`).toString("base64")}`;
  const account = `${config.base_url.replace(/\/+$/, "")}/2010-04-01/Accounts/${account_sid}`;

  async function call(url: string, init: RequestInit): Promise<Answer> {
    const headers = { authorization, accept: "application/json" };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    const after = retryAfterMs(response.headers.get("retry-after"), Date.now());
    const body = parse(await response.text());
    const message = messageSchema.safeParse(body).data;
    const code = errorSchema.safeParse(body).data?.code;
    return {
      status: response.status,
      ...(message === undefined ? {} : { message }),
      ...(code === undefined ? {} : { code }),
      ...(after === null ? {} : { retryAfterMs: after }),
    };
  }

  return {
    createMessage: (form, signal) =>
      call(`${account}/Messages.json`, { method: "POST", body: new URLSearchParams(form), signal }),
    // An API key of the standard kind may not read the account itself.
    probe: (signal) =>
      call(api_key_sid === undefined ? `${account}.json` : `${account}/Balance.json`, { signal }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
