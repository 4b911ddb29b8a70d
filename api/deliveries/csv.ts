import type { DeliveryDto } from "../../channels/contract.ts";

const COLUMNS = [
  "delivery_id",
  "notification_id",
  "user_id",
  "territory_id",
  "category",
  "priority",
  "channel",
  "status",
  "reason",
  "attempts",
  "created_at",
  "at",
] as const satisfies (keyof DeliveryDto)[];

/** A page of the history as CSV (RFC 4180). */
export const toCsv = (deliveries: DeliveryDto[]): string =>
  [COLUMNS.join(","), ...deliveries.map((row) => COLUMNS.map((column) => cell(row[column])).join(","))].join(
    "\r\n",
  ) + "\r\n";

/** Quoted; a leading = + - @ or tab would run as a formula in a spreadsheet (OWASP, CSV injection). */
function cell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const harmless = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
