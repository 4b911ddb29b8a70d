import { route } from "../http/route.ts";
import { Health, Parts, Readiness } from "./schema.ts";

/** The calls about the node itself: whether it lives, whether it can serve, the state of each part, and its counters. */
export const health = {
  live: route({
    method: "GET",
    path: "/healthz",
    id: "checkLife",
    tag: "System",
    summary: "Whether the process lives",
    caller: "anyone",
    answers: { 200: { body: Health } },
  }),
  ready: route({
    method: "GET",
    path: "/readyz",
    id: "checkReadiness",
    tag: "System",
    summary: "Whether the node can serve",
    caller: "anyone",
    answers: { 200: { body: Readiness }, 503: { body: Readiness } },
  }),
  metrics: route({
    method: "GET",
    path: "/metrics",
    id: "readMetrics",
    tag: "System",
    summary:
      "Counters for Prometheus, for callers on the node's own machine; others read them at TOCSIN_METRICS_PORT",
    caller: "anyone",
    answers: { 200: { text: "text/plain; version=0.0.4" } },
    problems: ["not-found"],
  }),
  diagnose: route({
    method: "GET",
    path: "/api/diagnostics",
    id: "diagnose",
    tag: "System",
    summary: "The state of each part of the system",
    caller: "person",
    answers: { 200: { body: Parts } },
  }),
};
