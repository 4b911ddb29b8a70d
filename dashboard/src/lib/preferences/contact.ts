import type { HTMLInputTypeAttribute } from "svelte/elements";
import type { ContactPoint } from "../api/preferences.ts";
import { channelName } from "../words.ts";

export type ContactState = "none" | "pending" | "changing" | "lapsed" | "verified";

/** How far an address has come; "changing" when another one is in use meanwhile. */
export function stateOf(point: ContactPoint | null, now: number): ContactState {
  if (point?.pending_address) {
    const { code_expires_at, address } = point;
    if (code_expires_at === null || Date.parse(code_expires_at) <= now) return "lapsed";
    return address === null ? "pending" : "changing";
  }
  return point?.address ? "verified" : "none";
}

export interface AddressKind {
  label: string;
  example: string;
  type: HTMLInputTypeAttribute;
  autocomplete: "email" | "tel" | "off";
}

/** The address to ask for, by channel. */
export function addressKind(channel: string): AddressKind {
  if (channel === "email")
    return {
      label: "Email address",
      example: "an email address, for example name@example.org",
      type: "email",
      autocomplete: "email",
    };
  if (channel === "sms")
    return {
      label: "Mobile number, with its country code",
      example: "a mobile number with its country code, for example +41 79 123 45 67",
      type: "tel",
      autocomplete: "tel",
    };
  const label = `Address for ${channelName(channel)}`;
  return { label, example: "an address", type: "text", autocomplete: "off" };
}
