import type { Answer, Body } from "../contract.ts";
import { request } from "./request.ts";

export type WhatIf = Answer<"askWhatIf">;
/** A notification that would go otherwise. */
export type Compared = WhatIf["sends"][number];
export type Telling = Compared["before"][number];
export type LeftOut = keyof WhatIf["totals"]["left_out"];

/** Who would have been told of past notifications by other settings. */
export const askWhatIf = (question: Body<"askWhatIf">): Promise<WhatIf> =>
  request("/what-if", { method: "POST", body: question });
