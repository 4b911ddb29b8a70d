import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { launch, signInAs, violations } from "../../testing/browser.ts";
import { demoUser } from "../../testing/client.ts";
import type { Program } from "../../testing/program.ts";
import { createSite, type Site } from "../../testing/site.ts";
import { must } from "../../config/must.ts";
import { freePorts } from "../../tools/services/spawn.ts";
import type { Demo } from "../../store/demo.ts";

const WALK = 180_000;

let site: Site;
let node: Program;
let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  site = await createSite({ PORT: String(port), PUBLIC_URL: `http://localhost:${port}` });
  [node, browser] = await Promise.all([site.start(), launch()]);
  demo = await site.demo();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** A device with a finger that is always right. */
async function addDevice(page: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}

const signInByPasskey = (page: Page): Promise<void> =>
  page.getByRole("button", { name: "Sign in with a passkey" }).click();
const isIn = (page: Page): Promise<void> => page.getByRole("navigation", { name: "Main" }).waitFor();
const REFUSED = "This passkey is not known here";

it(
  "a passkey is added, signs in without a password, which alone is no longer enough, and is removed",
  async () => {
    const person = demoUser(demo, "clinician");
    const { page, context } = await signInAs(browser, node.url, person);
    const { cdp, authenticatorId } = await addDevice(page);
    const setVerified = (isUserVerified: boolean) =>
      cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified });
    await page.getByRole("link", { name: /Account of/ }).click();
    await page.getByLabel("Name of the passkey").fill("This laptop");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("list", { name: "Your passkeys" }).getByText("This laptop").waitFor();
    expect(await violations(page)).toEqual([]);
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
    const made = must(credentials[0], "credential");
    expect(credentials).toMatchObject([{ rpId: "localhost", isResidentCredential: true }]);
    expect(Buffer.from(made.userHandle ?? "", "base64").toString("latin1")).not.toContain(person.user_id);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Email").fill(person.email);
    await page.getByLabel("Password").fill(person.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("your password is not enough").waitFor();

    const answered = page.waitForRequest((request) => request.url().endsWith("/api/sessions/passkey"));
    await signInByPasskey(page);
    await isIn(page);
    const body = must((await answered).postData(), "body");

    // The same answer of the authenticator signs nobody in a second time, nor does one to nothing that was asked here.
    const post = (json: string) =>
      fetch(`${node.url}/api/sessions/passkey`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: json,
      });
    expect((await post(body)).status).toBe(401);
    const altered = z
      .object({ credential: z.looseObject({ response: z.looseObject({}) }) })
      .parse(JSON.parse(body));
    const said = { type: "webauthn.get", challenge: "bm90IGFza2Vk", origin: node.url };
    altered.credential.response["clientDataJSON"] = Buffer.from(JSON.stringify(said)).toString("base64url");
    expect((await post(JSON.stringify(altered))).status).toBe(401);

    // A copy of the authenticator has a count that is behind.
    await page.getByRole("button", { name: "Sign out" }).click();
    const [now] = (await cdp.send("WebAuthn.getCredentials", { authenticatorId })).credentials;
    const copy = { ...must(now, "credential"), signCount: 0 };
    expect(must(now, "credential").signCount).toBeGreaterThan(1);
    await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: copy });
    await signInByPasskey(page);
    await page.getByText(REFUSED).waitFor();
    await cdp.send("WebAuthn.clearCredentials", { authenticatorId });
    await cdp.send("WebAuthn.addCredential", { authenticatorId, credential: { ...copy, signCount: 1_000 } });

    // Without the finger, no passkey.
    await setVerified(false);
    await signInByPasskey(page);
    await page.getByText("made or used no passkey").waitFor();
    await setVerified(true);
    await signInByPasskey(page);
    await isIn(page);

    await page.getByRole("link", { name: /Account of/ }).click();
    await page.getByRole("button", { name: "Remove This laptop" }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("The passkey is removed.").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Sign out" }).click();
    await signInByPasskey(page);
    await page.getByText(REFUSED).waitFor();
    await context.close();
    const again = await signInAs(browser, node.url, person);
    await isIn(again.page);
    await again.context.close();
  },
  WALK,
);

it("shows no form for a password, nor passkeys, where people sign in at the provider alone", async () => {
  const [port = 0] = await freePorts(1);
  const alone = await site.start({
    role: "api",
    env: {
      PORT: String(port),
      PUBLIC_URL: `http://localhost:${port}`,
      OIDC_ISSUER: "http://localhost:9",
      OIDC_CLIENT_ID: "tocsin",
      OIDC_CLIENT_SECRET: "a secret of the tests",
      OIDC_ONLY: "1",
    },
  });
  // The session is good at both nodes of the site: a browser's cookies know no ports.
  const { page, context } = await signInAs(browser, node.url, demoUser(demo, "supervisor"));
  await isIn(page);
  await page.goto(`${node.url}/account`);
  await page.getByLabel("Current password").waitFor();
  await page.goto(`${alone.url}/account`);
  await page.getByRole("heading", { name: "Authenticator" }).waitFor();
  expect(await page.getByLabel("Current password").count()).toBe(0);
  expect(await page.getByLabel("Name of the passkey").count()).toBe(0);
  await context.close();
});
