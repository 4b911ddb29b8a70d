import { z } from "zod";
import { route } from "../http/route.ts";

/** The calls that answer with the API's description. */
export const description = {
  document: route({
    method: "GET",
    path: "/api/openapi.json",
    id: "readDocument",
    tag: "System",
    summary: "This document",
    caller: "anyone",
    answers: {
      200: { body: z.looseObject({}).meta({ examples: [{ openapi: "3.1.0" }] }), text: "application/json" },
    },
  }),
  liveDocument: route({
    method: "GET",
    path: "/api/asyncapi.json",
    id: "readLiveDocument",
    tag: "System",
    summary: "The live channel's frames, as an AsyncAPI document",
    caller: "anyone",
    answers: {
      200: { body: z.looseObject({}).meta({ examples: [{ asyncapi: "3.0.0" }] }), text: "application/json" },
    },
  }),
  page: route({
    method: "GET",
    path: "/api/docs",
    id: "readPage",
    tag: "System",
    summary: "This document, to read and to try",
    caller: "anyone",
    answers: { 200: { text: "text/html" } },
  }),
};
