import { CLOSE } from "./contract.ts";

/** A path on this origin to go to after signing in; "/" for anything else. */
export function safePath(path: string | null, origin: string): string {
  if (!path?.startsWith("/")) return "/";
  const url = URL.canParse(path, origin) ? new URL(path, origin) : null;
  // A path like "/.//host" resolves to "//host", which would be read as another host.
  return url?.origin === origin && !url.pathname.startsWith("//") ? url.pathname + url.search : "/";
}

export type LeaveReason = "ended" | "access" | "signed_out";

export const reasonOf = (code: number): LeaveReason => (code === CLOSE.forbidden ? "access" : "ended");

/**
 * Goes to the sign-in page by loading it anew, so that nothing of the inbox stays in memory.
 * @param elsewhere the address at the OpenID provider that signs the person out there first, and leads back
 */
export function leave(reason: LeaveReason, elsewhere: string | null = null): void {
  if (elsewhere !== null) return location.assign(elsewhere);
  const query = new URLSearchParams({ reason });
  if (reason === "ended") query.set("next", location.pathname + location.search);
  location.assign(`/sign-in?${query}`);
}
