/** Each checks a field and says what is wrong with it; null when nothing is. */
export const nameFault = (name: string): string | null => (name.trim() === "" ? "Enter a name." : null);

export const emailFault = (email: string): string | null =>
  /^\S+@\S+\.\S+$/.test(email.trim()) ? null : "Enter an email address.";

/** Least length of a password (NIST SP 800-63B, 3.1.1.2). */
const LEAST = 12;

export const passwordFault = (password: string): string | null =>
  password.length >= LEAST ? null : `Use at least ${LEAST} characters.`;

/** Checks for how many days originals are kept; null keeps them for good. */
export const daysFault = (days: number | null): string | null =>
  days === null || (Number.isInteger(days) && days >= 1 && days <= 3_650)
    ? null
    : "Enter whole days from 1 to 3650, or nothing.";

/** Checks an id that senders choose: visible, without spaces at its ends. */
export function idFault(id: string): string | null {
  if (id === "") return "Enter an id.";
  if (id.trim() !== id || id.length > 200 || !/^\P{C}+$/u.test(id))
    return "Use at most 200 visible characters, without spaces at the ends.";
  return null;
}
