import { expectTypeOf, it } from "vitest";
import type { z } from "zod";
import type { ServerFrame } from "../../channels/contract.ts";
import type { SERVER_FRAMES } from "./frames.ts";

it("describes the frames that the gateway writes, each way", () => {
  type Described = z.output<(typeof SERVER_FRAMES)[number]>;
  expectTypeOf<Described>().toExtend<ServerFrame>();
  expectTypeOf<ServerFrame>().toExtend<Described>();
});
