import { type BufferedMetricUpdate, MetricsBuffer } from "@temporalio/worker";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { OnStop } from "../stop.ts";

/** How often what the SDK counted is taken over; ms. It counts some 20 things a send, so that it never keeps half of `MOST`. */
const EVERY = 500;
const MOST = 50_000;
/** s. From an activity's wait for a free worker to a workflow's whole run. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600];
/** What the SDK says of a number that has few values. */
const LABELS = [
  "namespace",
  "task_queue",
  "workflow_type",
  "activity_type",
  "poller_type",
  "worker_type",
  "operation",
  "status_code",
  "failure_reason",
];

/** Takes one update over. */
type Take = (labels: Record<string, string>, value: number) => void;

/**
 * Shows what Temporal's SDK counts (`temporal_…`: tasks, pollers, requests and how long each took) in the registry, by the names that the
 * SDK gives it. @returns what the SDK counts into
 */
export function takeSdkMetrics(registry: Registry, onStop: OnStop): MetricsBuffer {
  const buffer = new MetricsBuffer({ maxBufferSize: MOST, useSecondsForDurations: true });
  const known = new Map<string, Take>();
  const takeAll = (): void => {
    for (const { metric, value, attributes } of buffer.retrieveUpdates()) {
      const take = known.get(metric.name) ?? register(registry, metric);
      known.set(metric.name, take);
      take(labelsOf(attributes), value);
    }
  };
  const timer = setInterval(takeAll, EVERY).unref();
  onStop(async () => clearInterval(timer));
  return buffer;
}

function register(registry: Registry, { name, description, kind }: BufferedMetricUpdate["metric"]): Take {
  const common = { name, help: description || name, labelNames: LABELS, registers: [registry] };
  switch (kind) {
    case "counter": {
      const counter = new Counter(common);
      return (labels, value) => counter.inc(labels, value);
    }
    case "histogram": {
      const histogram = new Histogram({ ...common, buckets: BUCKETS });
      return (labels, value) => histogram.observe(labels, value);
    }
    case "gauge": {
      const gauge = new Gauge(common);
      return (labels, value) => gauge.set(labels, value);
    }
    case "up-down-counter": {
      const gauge = new Gauge(common);
      return (labels, value) => gauge.inc(labels, value);
    }
  }
}

const labelsOf = (attributes: BufferedMetricUpdate["attributes"]): Record<string, string> =>
  Object.fromEntries(
    LABELS.filter((label) => attributes[label] !== undefined).map((label) => [
      label,
      String(attributes[label]),
    ]),
  );
