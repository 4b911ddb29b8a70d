import { serverTime } from "./server-time.ts";
import { CLOSE } from "./contract.ts";
import { shout } from "./session/shout.ts";
import { tellTabs } from "./session/tabs.ts";

/** A path on this origin to go to after signing in; "/" for anything else. */
export function safePath(path: string | null, origin: string): string {
  if (!path?.startsWith("/")) return "/";
  const url = URL.canParse(path, origin) ? new URL(path, origin) : null;
  // A path like "/.//host" resolves to "//host", which would be read as another host.
  return url?.origin === origin && !url.pathname.startsWith("//") ? url.pathname + url.search : "/";
}

export type LeaveReason = "ended" | "access" | "signed_out";

export const reasonOf = (code: number): LeaveReason => (code === CLOSE.forbidden ? "access" : "ended");

let expected = false;

/** Says whether the person is signing out: what ends meanwhile, the live connection first, is no news to them. */
export function expectEnd(by: boolean): void {
  expected = by;
}

/**
 * Goes to the sign-in page by loading it anew, so that nothing of the inbox stays in memory. Whoever did not ask for it is told loudly: by the
 * system now, and on that page by since when nothing shows there.
 * @param elsewhere the address at the OpenID provider that signs the person out there first, and leads back
 */
export function leave(reason: LeaveReason, elsewhere: string | null = null): void {
  if (expected && reason !== "signed_out") return;
  tellTabs();
  if ("clearAppBadge" in navigator) void navigator.clearAppBadge().catch(() => undefined);
  if (elsewhere !== null) return location.assign(elsewhere);
  const query = new URLSearchParams({ reason });
  if (reason === "ended") query.set("next", location.pathname + location.search);
  if (reason !== "signed_out") {
    query.set("since", new Date(serverTime()).toISOString());
    shout("You are signed out of Tocsin", "No alert shows or sounds on this device any more. Sign in again.");
  }
  location.assign(`/sign-in?${query}`);
}
