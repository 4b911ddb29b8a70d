import { Problem } from "../http/errors.ts";

const WRONG = "This code is wrong, too old, or was used before.";

/** The password was right; the code of the authenticator has to come with it. */
export const codeRequired = (): Problem =>
  new Problem("code-required", "Send the code of the authenticator, or a recovery code, too.");

/** The password was right; the person has passkeys, and no authenticator that makes codes. */
export const passkeyRequired = (): Problem =>
  new Problem("passkey-required", "Sign in by one of your passkeys: your password is not enough.");

/** The code that came with the password is none: nobody is signed in. */
export const signInCodeWrong = (): Problem => new Problem("sign-in-code-wrong", WRONG);

/** The code that a signed-in person gave is none. */
export const codeWrong = (): Problem => new Problem("code-wrong", WRONG);
