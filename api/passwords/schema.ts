import { z } from "zod";
import { PASSWORD } from "../../channels/contract.ts";

/** The password that somebody has, and the one that they want. */
export const PasswordChange = z
  .strictObject({
    current_password: z.string().min(1).max(PASSWORD.longest),
    password: z.string().min(PASSWORD.shortest).max(PASSWORD.longest),
  })
  .meta({
    id: "PasswordChange",
    examples: [{ current_password: "seven lamps beside a river", password: "paper lantern over the bay" }],
  });
export type PasswordChange = z.infer<typeof PasswordChange>;

/** Whose password is to be set anew. */
export const PasswordReset = z
  .strictObject({ email: z.string().min(1).max(320).describe("By which the person signs in") })
  .meta({ id: "PasswordReset", examples: [{ email: "a.example@west.example" }] });
