import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { hrTime } from "@opentelemetry/core";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import type { MetricObjectWithValues, MetricValue, Registry } from "prom-client";

type Found = MetricObjectWithValues<MetricValue<string>>;
/** A value of a histogram says which of its series it belongs to. */
type Value = MetricValue<string> & { metricName?: string };

/** What `/metrics` shows, as OpenTelemetry's data: the same names, labels and numbers. */
export function producerOf(registry: Registry): MetricProducer {
  const startTime = hrTime();
  return {
    async collect() {
      const found: Found[] = await registry.getMetricsAsJSON();
      const metrics = found.flatMap((metric) => dataOf(metric, startTime, hrTime()) ?? []);
      const scopeMetrics = [{ scope: { name: "tocsin" }, metrics }];
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
}

/** A metric's data; null for a summary, of which the program has none. */
function dataOf({ name, help, type, values }: Found, startTime: HrTime, endTime: HrTime): MetricData | null {
  const common = {
    descriptor: { name, description: help, unit: "", valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const point = ({ value, labels }: Value): DataPoint<number> => ({
    startTime,
    endTime,
    attributes: labels as Attributes,
    value,
  });
  switch (String(type)) {
    case "counter":
      return {
        ...common,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: values.map(point),
      };
    case "gauge":
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: values.map(point) };
    case "histogram":
      return {
        ...common,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: histogramsOf(values, name).map((one) => ({ startTime, endTime, ...one })),
      };
    default:
      return null;
  }
}

/** A histogram's series, by their labels. Prometheus counts each bucket with those below it, OpenTelemetry without. */
function histogramsOf(values: Value[], name: string): { attributes: Attributes; value: Histogram }[] {
  const series = Map.groupBy(values, (value) => JSON.stringify(attributesOf(value)));
  return [...series.values()].map((ofOne) => {
    const upTo = ofOne.filter(({ metricName }) => metricName === `${name}_bucket`);
    const of = (what: string): number =>
      ofOne.find(({ metricName }) => metricName === `${name}_${what}`)?.value ?? 0;
    return {
      attributes: ofOne.map(attributesOf)[0] ?? {},
      value: {
        buckets: {
          boundaries: upTo.map(({ labels }) => Number(labels["le"])).filter(Number.isFinite),
          counts: upTo.map(({ value }, place) => value - (upTo[place - 1]?.value ?? 0)),
        },
        sum: of("sum"),
        count: of("count"),
      },
    };
  });
}

/** What a series is told from others by: its labels, without the bound of a bucket. */
const attributesOf = ({ labels }: Value): Attributes =>
  Object.fromEntries(Object.entries(labels).filter(([label]) => label !== "le"));
