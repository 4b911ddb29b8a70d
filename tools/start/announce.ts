import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { shortPath } from "./home.ts";

const Demo = z.object({
  url: z.string(),
  api_key: z.string(),
  users: z.array(
    z.object({
      user_id: z.string(),
      email: z.string(),
      password: z.string(),
      role: z.string(),
      territory_id: z.string().nullable(),
    }),
  ),
});
type Demo = z.infer<typeof Demo>;

/** A newcomer's next steps: where the dashboard is, whom to sign in as, and a send to paste. */
export function welcome(home: string, url: string): string {
  const demo = Demo.parse(JSON.parse(readFileSync(join(home, "demo.json"), "utf8")));
  const width = Math.max(...demo.users.map(({ email }) => email.length));
  const people = demo.users.map(
    ({ email, password, role, territory_id }) =>
      `    ${email.padEnd(width)}  ${password}  ${role}${territory_id === null ? "" : `, ${territory_id}`}`,
  );
  return [
    "",
    `  Tocsin is ready: ${url}`,
    "",
    "  Demo people (email, password, role):",
    ...people,
    "",
    "  Send a notification:",
    curl(demo, url),
    "",
    `  All of this is kept in ${shortPath(join(home, "demo.json"))}, the log in ${shortPath(join(home, "tocsin.log"))}. Ctrl-C stops it.`,
    "",
  ].join("\n");
}

function curl(demo: Demo, url: string): string {
  const recipient = demo.users.find(
    ({ role, territory_id }) => role === "clinician" && territory_id !== null,
  );
  const body = {
    user_id: recipient?.user_id,
    territory_id: recipient?.territory_id,
    category: "patient_alert",
    priority: "high",
    message: "Potassium 6.8 mmol/L, bed 4",
  };
  return [
    `    curl -X POST ${url}/api/notifications/send \\`,
    `      -H 'Authorization: Bearer ${demo.api_key}' \\`,
    "      -H 'Content-Type: application/json' \\",
    `      -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
