import { describe, expect, it } from "vitest";
import { ConfigError, parseEnv } from "./env.ts";

const KEY = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
const FULL = {
  DATABASE_URL: "postgres://app@db/tocsin",
  REDIS_URL: "redis://cache:6379",
  TEMPORAL_ADDRESS: "temporal:7233",
  TOCSIN_MASTER_KEY: KEY,
};

function faults(env: Record<string, string>, argv: string[] = []): string[] {
  try {
    parseEnv(env, argv);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
}

describe("parseEnv", () => {
  it("fills the defaults in", () => {
    expect(parseEnv(FULL)).toMatchObject({
      role: "all",
      port: 3000,
      home: ".tocsin",
      seedDemo: false,
      publicUrl: null,
    });
  });

  it("takes proxies as addresses and networks, and nothing else", () => {
    const { trustedProxies } = parseEnv({ ...FULL, TRUSTED_PROXY: "10.0.0.0/8, ::1,192.0.2.1" });
    expect(trustedProxies).toEqual(["10.0.0.0/8", "::1", "192.0.2.1"]);
    for (const wrong of ["true", "10.0.0.0/33", "proxy.example", "10.0.0.1/x", "1/2/3"])
      expect(faults({ ...FULL, TRUSTED_PROXY: wrong }).join()).toContain("TRUSTED_PROXY");
  });

  it("refuses to trust, as a proxy, a network in which anybody may be", () => {
    for (const wide of [
      "0.0.0.0/0",
      "128.0.0.0/1",
      "10.0.0.0/7",
      "::/0",
      "2000::/3",
      "::ffff:0:0/96",
      "::ffff:a00:0/103",
      "::/64",
    ])
      expect(faults({ ...FULL, TRUSTED_PROXY: `192.0.2.1, ${wide}` }), wide).toEqual([
        expect.stringMatching(/^TRUSTED_PROXY: names a network wider than \/8/),
      ]);
    const narrow = [
      "10.0.0.0/8",
      "fc00::/7",
      "::ffff:a00:0/104",
      "::1/128",
      "2001:db8::/32",
      "::1",
      "0.0.0.0",
    ];
    expect(parseEnv({ ...FULL, TRUSTED_PROXY: narrow.join() }).trustedProxies).toEqual(narrow);
  });

  it("takes an OpenID provider whole, with the own address, over TLS", () => {
    const whole = {
      ...FULL,
      OIDC_ISSUER: "https://id.example",
      OIDC_CLIENT_ID: "tocsin",
      OIDC_CLIENT_SECRET: "s",
      PUBLIC_URL: "https://tocsin.example",
    };
    expect(parseEnv(FULL).oidc).toBeNull();
    expect(parseEnv(whole).oidc?.redirectUri).toBe("https://tocsin.example/api/sessions/oidc/callback");
    expect(parseEnv({ ...whole, OIDC_ONLY: "1" }).oidc?.only).toBe(true);
    expect(faults({ ...FULL, OIDC_ONLY: "1" }).join()).toContain("OIDC_ONLY");
    expect(faults({ ...whole, OIDC_CLIENT_SECRET: "" }).join()).toContain("OIDC_CLIENT_SECRET");
    expect(faults({ ...whole, PUBLIC_URL: "" }).join()).toContain("PUBLIC_URL");
    expect(faults({ ...whole, OIDC_ISSUER: "http://id.example" }).join()).toContain("https");
  });

  it("seeds no demo beside an https address or a certificate unless forced", () => {
    const site = { ...FULL, PUBLIC_URL: "https://tocsin.example" };
    expect(faults({ ...site, TOCSIN_SEED_DEMO: "1" }).join()).toContain("npm run admin:create");
    expect(faults({ ...site, TOCSIN_SEED_DEMO: "yes" }).join()).toContain("TOCSIN_SEED_DEMO");
    expect(
      faults({ ...FULL, TLS_CERT: "cert.pem", TLS_KEY: "key.pem", TOCSIN_SEED_DEMO: "1" }).join(),
    ).toContain("npm run admin:create");
    expect(parseEnv({ ...site, TOCSIN_SEED_DEMO: "force" }).seedDemo).toBe(true);
    expect(parseEnv({ ...site, TOCSIN_SEED_DEMO: "0" }).seedDemo).toBe(false);
    expect(parseEnv({ ...FULL, PUBLIC_URL: "http://tocsin.example", TOCSIN_SEED_DEMO: "1" }).seedDemo).toBe(
      true,
    );
  });

  it("names every fault at once", () => {
    const found = faults({ PORT: "99999", TEMPORAL_ADDRESS: "http://x" }, ["--role=both"]).join("\n");
    for (const name of ["PORT", "TEMPORAL_ADDRESS", "DATABASE_URL", "TOCSIN_MASTER_KEY", "--role=both"])
      expect(found).toContain(name);
  });

  it("says a fault in words", () => {
    const wrong = {
      PORT: "85a",
      DATABASE_CONNECTIONS: "8",
      RATE_SENDS_PER_SECOND: "1.5",
      PUBLIC_URL: "tocsin.example",
      DATABASE_URL: "mysql://db/tocsin",
      LOG_LEVEL: "loud",
      OIDC_ONLY: "yes",
    };
    expect(faults({ ...FULL, ...wrong })).toEqual(
      expect.arrayContaining([
        "PORT: must be a number",
        "DATABASE_CONNECTIONS: must be 9 or more",
        "RATE_SENDS_PER_SECOND: must be a whole number",
        "PUBLIC_URL: must be an address like https://…",
        "DATABASE_URL: must be an address like postgresql://…",
        "LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent",
        "OIDC_ONLY: must be one of 0, 1, true, false",
      ]),
    );
  });

  it("wants Redis beside the other services, but for the embedded default", () => {
    const { REDIS_URL: _, ...rest } = FULL;
    expect(faults(rest).join()).toContain("REDIS_URL");
    expect(parseEnv({ ...rest, TOCSIN_EMBEDDED: "1" }).redis).toBeNull();
  });

  it.each([
    ["31 bytes", `k1:${Buffer.alloc(31).toString("base64")}`],
    ["no id", Buffer.alloc(32).toString("base64")],
    ["one id twice", `${KEY},${KEY}`],
  ])("refuses a master key of %s", (_name, value) => {
    expect(faults({ ...FULL, TOCSIN_MASTER_KEY: value }).join()).toContain("TOCSIN_MASTER_KEY");
  });

  it("reads several master keys, the first first", () => {
    const second = `k2:${Buffer.alloc(32, 2).toString("base64")}`;
    expect(
      parseEnv({ ...FULL, TOCSIN_MASTER_KEY: `${second},${KEY}` }).masterKeys.map(({ id }) => id),
    ).toEqual(["k2", "k1"]);
  });
});
