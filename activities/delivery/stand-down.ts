import { DateTime } from "luxon";
import type { Category } from "../../channels/contract.ts";
import { storedPreferences } from "../../store/people/preferences.ts";
import type { Claim, StandDown } from "../../store/transitions/claim.ts";

const WHAT: Record<Category, string> = {
  order_update: "order update",
  patient_alert: "patient alert",
  system_message: "system message",
};

/**
 * What people are told, by the channel that had told them, once there is nothing left for them to do. It names the kind of the message, its time in their
 * own zone and who took it over: nothing of what was sent, redacted or not.
 */
export function standDownText(
  { category, preferences }: Pick<Claim, "category" | "preferences">,
  { how, by, toldAt }: StandDown,
): { title: string; text: string } {
  const { time_zone: zone } = storedPreferences(preferences);
  const at = DateTime.fromISO(toldAt, { zone }).toFormat("HH:mm");
  return {
    title: "Nothing left to do",
    text: `The ${WHAT[category]} of ${at} (${zone}): ${endOf(how, by)} There is nothing left for you to do.`,
  };
}

function endOf(how: StandDown["how"], by: string | null): string {
  switch (how) {
    case "taken":
      return by === null ? "everybody has acknowledged it." : `taken by ${by}.`;
    case "resolved":
      return by === null ? "it is over." : `it is over, says ${by}.`;
    case "replaced":
      return "a corrected one took its place.";
    case "cancelled":
      return "its sender took it back.";
    case "expired":
      return "its time is over.";
    case "closed":
      return by === null ? "it was closed." : `closed by ${by}.`;
  }
}
