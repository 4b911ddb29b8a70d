import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { findPromtool } from "../../tools/services/promtool.ts";

const FOLDER = import.meta.dirname;
const read = (name: string): unknown => parse(readFileSync(join(FOLDER, name), "utf8"));

const Rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Tocsin[A-Z]\w+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(["page", "ticket"]) }),
          annotations: z.strictObject({ summary: z.string().min(10) }),
        }),
      ),
    }),
  ),
});
const Tests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

describe("the alerts for Prometheus", () => {
  const alerts = Rules.parse(read("tocsin.rules.yml")).groups.flatMap(({ rules }) =>
    rules.map(({ alert }) => alert),
  );

  it("fire when they should, and not before, by Prometheus's own engine", async () => {
    const { stdout } = await promisify(execFile)(promtool, ["test", "rules", "tocsin.test.yml"], {
      cwd: FOLDER,
    });
    expect(stdout).toContain("SUCCESS");
  });

  it("are each made to fire, and each seen quiet", () => {
    const tests = Tests.parse(read("tocsin.test.yml")).tests.flatMap(
      ({ alert_rule_test }) => alert_rule_test,
    );
    const named = (fires: boolean): string[] =>
      tests.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname);
    expect(named(true).sort()).toEqual([...alerts].sort());
    expect(named(false).sort()).toEqual([...alerts].sort());
  });

  it("are each in the guide, with what to do", () => {
    const guide = readFileSync(join(FOLDER, "../../docs/operations.md"), "utf8");
    const rows = [...guide.matchAll(/^\| `(Tocsin\w+)` +\| (.+?) +\| (.+?) +\|$/gm)];
    expect(rows.map(([, alert]) => alert).sort()).toEqual([...alerts].sort());
  });

  let promtool: string;
  // Where it is not there it is built, once.
  beforeAll(async () => {
    promtool = await findPromtool((line) => process.stdout.write(`${line}\n`));
  }, 1_800_000);
});
