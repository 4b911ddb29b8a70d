import { z } from "zod";
import { Name, Time } from "../http/schema.ts";

/** Bytes in base64url; longer than any that an authenticator makes of a passkey without attestation. */
const Bytes = z.string().min(1).max(16_384);

const credential = <Response extends z.ZodType>(response: Response) =>
  z.looseObject({ id: Bytes, rawId: Bytes, type: z.literal("public-key"), response });

/** What the browser gives of a new passkey: `PublicKeyCredential.toJSON()` (WebAuthn, 5.1). */
export const Attestation = credential(
  z.looseObject({
    clientDataJSON: Bytes,
    attestationObject: Bytes,
    transports: z.array(z.string().max(50)).max(10).optional(),
  }),
);
export type Attestation = z.output<typeof Attestation>;

/** What the browser gives of a passkey that was used. */
export const Assertion = credential(
  z.looseObject({ clientDataJSON: Bytes, authenticatorData: Bytes, signature: Bytes }),
);
export type Assertion = z.output<typeof Assertion>;

const EXAMPLE = {
  id: "dGhlIGF1dGhlbnRpY2F0b3Incw",
  rawId: "dGhlIGF1dGhlbnRpY2F0b3Incw",
  type: "public-key" as const,
};

export const NewPasskey = z.strictObject({ name: Name, credential: Attestation }).meta({
  id: "NewPasskey",
  examples: [
    {
      name: "Key on my badge",
      credential: { ...EXAMPLE, response: { clientDataJSON: "e30", attestationObject: "oA" } },
    },
  ],
});

export const PasskeySignIn = z.strictObject({ credential: Assertion }).meta({
  id: "PasskeySignIn",
  examples: [
    {
      credential: {
        ...EXAMPLE,
        response: { clientDataJSON: "e30", authenticatorData: "oA", signature: "MEU" },
      },
    },
  ],
});

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()` or `…RequestOptionsFromJSON()`. */
export const PasskeyOptions = z
  .looseObject({ challenge: z.string() })
  .meta({ id: "PasskeyOptions", examples: [{ challenge: "c2lnbiB0aGlz", rpId: "tocsin.west.example" }] });

export const Passkey = z
  .object({ passkey_id: z.uuid(), name: z.string(), created_at: Time, last_used_at: Time.nullable() })
  .meta({
    id: "Passkey",
    examples: [
      {
        passkey_id: "0195a1f0-1c00-7000-8000-0000000000aa",
        name: "Key on my badge",
        created_at: "2026-02-03T09:30:00.000Z",
        last_used_at: null,
      },
    ],
  });
export type Passkey = z.infer<typeof Passkey>;

export const PasskeyList = z.object({ passkeys: z.array(Passkey) });
