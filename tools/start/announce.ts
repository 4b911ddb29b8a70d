import { existsSync, readFileSync } from "node:fs";
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

/** A newcomer's next steps: where the dashboard is, and who can sign in. */
export function welcome(home: string, url: string): string {
  const file = join(home, "demo.json");
  const isDemo = existsSync(file);
  const steps = isDemo ? tryOut(Demo.parse(JSON.parse(readFileSync(file, "utf8"))), url) : begin(home, url);
  const log = shortPath(join(home, "tocsin.log"));
  return [
    "",
    `  Tocsin is ready: ${url}`,
    "",
    ...steps,
    "",
    `  All of this is kept in ${shortPath(isDemo ? file : home)}, the log in ${log}. Ctrl-C stops it.`,
    "",
  ].join("\n");
}

/** Whom to sign in as, and a send to paste. */
function tryOut(demo: Demo, url: string): string[] {
  const width = Math.max(...demo.users.map(({ email }) => email.length));
  const people = demo.users.map(
    ({ email, password, role, territory_id }) =>
      `    ${email.padEnd(width)}  ${password}  ${role}${territory_id === null ? "" : `, ${territory_id}`}`,
  );
  return ["  Demo people (email, password, role):", ...people, "", "  Send a notification:", curl(demo, url)];
}

/** How somebody comes in where there are no demo people. */
function begin(home: string, url: string): string[] {
  const { port } = new URL(url);
  const folder = shortPath(home);
  const named = [
    ...(folder === ".tocsin" ? [] : [`TOCSIN_HOME=${folder} `]),
    ...(port === "3000" ? [] : [`PORT=${port} `]),
  ];
  return [
    "  There are no demo people. The first administrator is made, once, in another terminal, while this runs:",
    `    ${named.join("")}npm run admin:create`,
  ];
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
