import { expect, it } from "vitest";
import { parseAuditSink } from "./audit-sink.ts";

const AWS = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "k", AWS_SECRET_ACCESS_KEY: "s" };
const parse = (text: string, env: Record<string, string> = {}) => {
  const faults: string[] = [];
  return { sink: parseAuditSink({ TOCSIN_AUDIT_SINK: text, ...env }, faults), faults };
};

it("is none where none is set", () => {
  expect(parse("")).toEqual({ sink: null, faults: [] });
});

it.each<[string, object, Record<string, string>?]>([
  ["file:///mnt/elsewhere/audit.jsonl", { kind: "file", path: "/mnt/elsewhere/audit.jsonl" }],
  ["syslog+tls://logs.example:6515", { kind: "syslog", host: "logs.example", port: 6_515, ca: null }],
  ["syslog+tls://logs.example", { kind: "syslog", port: 6_514 }],
  ["syslog+tls://[::1]:6514", { kind: "syslog", host: "::1" }],
  [
    "s3://records/a/b/",
    { kind: "s3", folder: new URL("https://records.s3.eu-west-1.amazonaws.com/a/b/"), days: 2_192 },
    AWS,
  ],
  [
    "s3://records",
    { folder: new URL("https://minio.example/records/"), days: 7 },
    { ...AWS, AWS_ENDPOINT_URL_S3: "https://minio.example", TOCSIN_AUDIT_SINK_DAYS: "7" },
  ],
])("reads %s", (text, expected, env) => {
  const { sink, faults } = parse(text, env);
  expect(faults).toEqual([]);
  expect(sink).toMatchObject(expected);
});

it.each<[string, RegExp, Record<string, string>?]>([
  ["elsewhere", /must be file:\/\/\/path, syslog\+tls:/],
  ["http://logs.example", /must be file:\/\/\/path/],
  ["syslog://logs.example:514", /must be file:\/\/\/path/],
  ["syslog+tls://", /must be|syslog\+tls:\/\/host:port/],
  ["syslog+tls://logs.example/path", /syslog\+tls:\/\/host:port/],
  ["syslog+tls://me:secret@logs.example", /holds a login/],
  [
    "syslog+tls://logs.example",
    /TOCSIN_AUDIT_SINK_CA names a file/,
    { TOCSIN_AUDIT_SINK_CA: "/nowhere.pem" },
  ],
  ["file://host/path", /whole path/],
  ["file:///folder/", /whole path/],
  ["s3://records", /AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
  ["s3://", /s3:\/\/bucket\/prefix/, AWS],
  ["s3://records", /whole number of days/, { ...AWS, TOCSIN_AUDIT_SINK_DAYS: "0" }],
  ["s3://records", /https/, { ...AWS, AWS_ENDPOINT_URL_S3: "http://minio.example" }],
])("refuses %s with a sentence that says what to do", (text, message, env) => {
  const { sink, faults } = parse(text, env);
  expect(sink).toBeNull();
  expect(faults).toEqual([expect.stringMatching(message)]);
  expect(faults.join()).not.toContain("secret@");
});
