import { generate } from "otplib";
import { until } from "./until.ts";

/** How long a code is the current one (RFC 6238); s. */
const STEP = 30;
/** Of a step, as much as a test may need until the server has looked at its code; s. */
const SPARE = 6;

/** An authenticator's code of the time step that lies `steps` from now, where no step ends before the server has it. */
export async function codeOf(secret: string, steps = 0): Promise<string> {
  await until("a step has time left", () => (Date.now() / 1_000) % STEP < STEP - SPARE);
  return await generate({ secret, epoch: Math.floor(Date.now() / 1_000) + steps * STEP });
}
