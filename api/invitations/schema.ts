import { z } from "zod";
import { PASSWORD } from "../../channels/contract.ts";
import { Time } from "../http/schema.ts";

/** An example. */
export const INVITATION = {
  url: "https://tocsin.west.example/invitation#Jm9yIGEgZGF5LCBvbmNlLCBhbmQgZm9yIG5vYm9keSA",
  token: "Jm9yIGEgZGF5LCBvbmNlLCBhbmQgZm9yIG5vYm9keSA",
  expires_at: "2026-01-06T08:00:00.000Z",
};

/** The link by which a person sets their own password; shown this once. */
export const Invitation = z
  .object({
    url: z.url().describe("Opens the page that sets the password"),
    token: z.string().describe("Good once; only its hash is kept"),
    expires_at: Time,
  })
  .meta({ id: "Invitation", examples: [INVITATION] });
export type Invitation = z.infer<typeof Invitation>;

const Token = z.string().min(1).max(200);

/** A password of somebody's own, and the token that lets them set it. */
export const Acceptance = z
  .strictObject({ token: Token, password: z.string().min(PASSWORD.shortest).max(PASSWORD.longest) })
  .meta({
    id: "Acceptance",
    examples: [{ token: INVITATION.token, password: "seven lamps beside a river" }],
  });

/** A token with which somebody goes on to the OpenID provider. */
export const Joining = z.strictObject({ token: Token }).meta({
  id: "Joining",
  examples: [{ token: INVITATION.token }],
});

export const ProviderUrl = z.object({
  url: z
    .url()
    .describe("Of the provider; open it in this browser")
    .meta({ examples: ["https://login.west.example/authorize?state=x"] }),
});
