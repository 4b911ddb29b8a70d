import { z } from "zod";
import type { Send } from "../models/Send.ts";
import { sealedFor, type Vault } from "./vault.ts";

/** What a sender wrote: exists once, sealed. */
export const Original = z.object({
  title: z.string().nullable(),
  message: z.string(),
  known: z.array(z.object({ kind: z.string(), value: z.string() })),
  metadata: z.record(z.string(), z.string()),
  /** What whoever acknowledges it has to read back. */
  read_back: z.string().optional(),
});
export type Original = z.infer<typeof Original>;

/** Opens what the sender wrote. @throws when it was altered, moved, destroyed, or sealed by a key that is not configured. */
export function unsealOriginal(
  vault: Vault,
  send: Pick<Send, "id" | "territory_id" | "key_id" | "wrapped_key" | "sealed">,
): Original {
  const { key_id, wrapped_key, sealed } = send;
  if (key_id === null || wrapped_key === null || sealed === null)
    throw new Error("the original was destroyed");
  const plain = vault.unseal({ key_id, wrapped_key, sealed }, sealedFor(send));
  return Original.parse(JSON.parse(plain.toString("utf8")));
}
