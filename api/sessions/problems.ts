import { Problem } from "../http/errors.ts";

/** The password was right; the code of the authenticator has to come with it. */
export const codeRequired = (): Problem =>
  new Problem(
    401,
    "code-required",
    "Code required",
    "Send the code of the authenticator, or a recovery code, too.",
  );

export const wrongCode = (status: 401 | 422 = 422): Problem =>
  new Problem(status, "code-wrong", "Wrong code", "This code is wrong, too old, or was used before.");
