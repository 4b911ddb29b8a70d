import type { PendingChange } from "../api/admin.ts";
import { ROLE_WORDS } from "../words.ts";
import { settingLines } from "./setting-words.ts";

/** A change that waits, in words: one line for each thing that it does. */
export function changeWords({ change, people }: PendingChange): string[] {
  if ("settings" in change) return settingLines(change.settings, people);
  const { grant = [], revoke = [], identity, email, second_factor, disabled, invitation } = change;
  return [
    ...grant.map((role) => `Make ${ROLE_WORDS[role]}`),
    ...(grant.length > 0
      ? ["Ask them first whether they have signed in: who asked for this may hold their link."]
      : []),
    ...revoke.map((role) => `No longer ${ROLE_WORDS[role]}`),
    ...(identity === undefined
      ? []
      : [
          identity === null
            ? "No OpenID identity"
            : `OpenID identity ${identity.subject} at ${identity.issuer}`,
        ]),
    ...(email === undefined ? [] : [`Email ${email}`]),
    ...(second_factor === undefined ? [] : ["Take the authenticator off"]),
    ...(disabled === undefined ? [] : [disabled ? "Disable" : "Enable again"]),
    ...(invitation === undefined ? [] : ["A new link to set the password"]),
  ];
}
