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

/** The whole message, headers and both bodies, as it goes over the wire. `to` is one checked address. */
export function compose(config: EmailConfig, message: Deliverable["message"], to: string): Promise<Buffer> {
  const critical = message.priority === "critical";
  const text = clean(message.text);
  const title = oneLine(message.title ?? "", SUBJECT_GRAPHEMES) || SUBJECTS[message.category];
  const composer = new MailComposer({
    from: { name: config.from_name, address: config.from },
    to: { name: "", address: to },
    ...(config.reply_to === undefined ? {} : { replyTo: config.reply_to }),
    subject: critical ? `CRITICAL: ${isolate(title)}` : title,
    messageId: `<${messageIdOf(config, message.deliveryId)}>`,
    date: new Date(),
    text: plain(config, text),
    html: html(config, title, text, critical),
    headers: headers(config, critical),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** RFC 3834 (automatic mail is not to be answered automatically) and RFC 2369 (how to stop it). */
function headers(config: EmailConfig, critical: boolean): Record<string, string> {
  return {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "All",
    ...(critical ? { Importance: "high", "X-Priority": "1" } : {}),
    ...(critical || config.unsubscribe === undefined
      ? {}
      : { "List-Unsubscribe": `<${config.unsubscribe}>` }),
  };
}

function plain(config: EmailConfig, text: string): string {
  return config.inbox_url === undefined ? `${text}\n` : `${text}\n\nOpen the inbox: ${config.inbox_url}\n`;
}

/** `dir="auto"` and `bdi` keep text of either direction from reordering the text beside it. */
function html(config: EmailConfig, title: string, text: string, critical: boolean): string {
  const link = config.inbox_url === undefined ? "" : escapeHtml(config.inbox_url);
  const paragraphs = text
    .split(/\n{2,}/)
    .map((part) => `<p dir="auto">${escapeHtml(part.trim()).replaceAll("\n", "<br>")}</p>`);
  return [
    '<!doctype html><html lang="und"><head><meta charset="utf-8"></head>',
    '<body style="font:16px/1.5 sans-serif;max-width:40em">',
    `<h1 style="font-size:20px">${critical ? "CRITICAL: " : ""}<bdi>${escapeHtml(title)}</bdi></h1>`,
    ...paragraphs,
    link === "" ? "" : `<p><a href="${link}">Open the inbox</a></p>`,
    "</body></html>",
  ].join("\n");
}
