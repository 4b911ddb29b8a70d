import type { Deliverable } from "tocsin/channel";
import MailComposer from "nodemailer/lib/mail-composer";
import { domainOf } from "./address.ts";
import type { EmailConfig } from "./config.ts";
import { clean, escapeHtml, isolate, oneLine } from "./text.ts";

const SUBJECT_GRAPHEMES = 120;
const SUBJECTS = {
  order_update: "Order update",
  patient_alert: "Patient alert",
  system_message: "System message",
} as const;

/**
 * Made of the delivery id, so that every attempt of one delivery carries the same and a mail store that dedupes by
 * Message-ID keeps one. Without angle brackets.
 */
export function messageIdOf(config: EmailConfig, deliveryId: string): string {
  return `${deliveryId.replace(/[^A-Za-z0-9._-]/g, "-")}@${domainOf(config.from)}`;
}

/** The links of one message; null where it has none. */
export interface MessageLinks {
  /** A page on which its recipient answers. */
  answer: string | null;
  /** Where a mail program posts that its person wants no more (RFC 8058). */
  unsubscribe: string | null;
}

/** The whole message, headers and both bodies, as it goes over the wire. `to` is one checked address. */
export function compose(
  config: EmailConfig,
  message: Deliverable["message"],
  to: string,
  links: MessageLinks = { answer: null, unsubscribe: null },
): Promise<Buffer> {
  const critical = message.priority === "critical";
  const urgent = message.urgency === "critical";
  const text = clean(message.text);
  const title = oneLine(message.title ?? "", SUBJECT_GRAPHEMES) || SUBJECTS[message.category];
  const composer = new MailComposer({
    from: { name: config.from_name, address: config.from },
    to: { name: "", address: to },
    ...(config.reply_to === undefined ? {} : { replyTo: config.reply_to }),
    subject: critical ? `CRITICAL: ${isolate(title)}` : title,
    messageId: `<${messageIdOf(config, message.deliveryId)}>`,
    date: new Date(),
    text: plain(config, text, links),
    html: html(config, title, text, critical, links),
    headers: headers(config, urgent, links),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** RFC 3834 (automatic mail is not to be answered automatically), RFC 2369 (how to stop it) and RFC 8058 (by one click). */
function headers(config: EmailConfig, urgent: boolean, links: MessageLinks): Record<string, string> {
  return {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
    ...(urgent ? { Importance: "high", "X-Priority": "1" } : {}),
    ...(urgent ? {} : stopping(config, links)),
  };
}

/** One click is posted to the first address; a person may use either. */
function stopping({ unsubscribe }: EmailConfig, links: MessageLinks): Record<string, string> {
  const ways = [links.unsubscribe, unsubscribe].filter((way) => typeof way === "string");
  return {
    ...(ways.length === 0 ? {} : { "List-Unsubscribe": ways.map((way) => `<${way}>`).join(", ") }),
    ...(links.unsubscribe === null ? {} : { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
  };
}

function plain({ inbox_url }: EmailConfig, text: string, { answer }: MessageLinks): string {
  const lines = [
    ...(answer === null ? [] : [`Acknowledge or decline: ${answer}`]),
    ...(inbox_url === undefined ? [] : [`Open the inbox: ${inbox_url}`]),
  ];
  return [text, ...lines].join("\n\n").concat("\n");
}

/** `dir="auto"` and `bdi` keep text of either direction from reordering the text beside it. */
function html(
  config: EmailConfig,
  title: string,
  text: string,
  critical: boolean,
  { answer }: MessageLinks,
): string {
  const link = config.inbox_url === undefined ? "" : escapeHtml(config.inbox_url);
  const paragraphs = text
    .split(/\n{2,}/)
    .map((part) => `<p dir="auto">${escapeHtml(part.trim()).replaceAll("\n", "<br>")}</p>`);
  return [
    '<!doctype html><html lang="und"><head><meta charset="utf-8"></head>',
    '<body style="font:16px/1.5 sans-serif;max-width:40em">',
    `<h1 style="font-size:20px">${critical ? "CRITICAL: " : ""}<bdi>${escapeHtml(title)}</bdi></h1>`,
    ...paragraphs,
    answer === null ? "" : `<p><a href="${escapeHtml(answer)}">Acknowledge or decline</a></p>`,
    link === "" ? "" : `<p><a href="${link}">Open the inbox</a></p>`,
    "</body></html>",
  ].join("\n");
}
