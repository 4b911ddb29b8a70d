import { createServer } from "node:http";
import Provider from "oidc-provider";

/** An OpenID provider of the tests' own. */
export interface OpenIdProvider {
  issuer: string;
  /** How often it was asked for a token. */
  tokensAsked(): number;
  close(): Promise<void>;
}

/** The provider's claims about the person who signs in as `login`. */
export type Claims = (login: string) => { email?: string; email_verified?: boolean };

/** How somebody signed in, as the provider tells it. */
export interface Assurance {
  acr?: string;
  amr?: string[];
}

/** Starts a real provider on this machine, which lets everybody in as whoever they say they are. */
export async function startOpenIdProvider(
  redirectUri: string,
  claims: Claims,
  assure: (login: string) => Assurance = () => ({}),
): Promise<OpenIdProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the provider has no port");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "tocsin",
        client_secret: "a secret of the tests",
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [new URL("/sign-in?reason=signed_out", redirectUri).href],
        token_endpoint_auth_method: "client_secret_post",
      },
    ],
    acrValues: ["urn:example:strong"],
    claims: { openid: ["sub", "acr", "amr"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    findAccount: (_ctx, login) => ({ accountId: login, claims: () => ({ sub: login, ...claims(login) }) }),
    cookies: { keys: ["a cookie key of the tests"] },
  });
  // Its own pages for development say nothing of how somebody signed in.
  const { loginAccount } = provider.Session.prototype;
  provider.Session.prototype.loginAccount = function (details) {
    loginAccount.call(this, { ...details, ...assure(details.accountId) });
  };
  const handle = provider.callback();
  let tokensAsked = 0;
  server.on("request", (request, response) => {
    if (request.url === "/token") tokensAsked += 1;
    void handle(request, response);
  });
  return {
    issuer,
    tokensAsked: () => tokensAsked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const FORMS = {
  login: (login: string) => ({ prompt: "login", login, password: "anything" }),
  consent: () => ({ prompt: "consent" }),
};

/** A browser as far as signing in needs one: it keeps cookies by host and follows redirects when told. */
export class Browser {
  readonly #jar = new Map<string, Map<string, string>>();

  /** @param more for what is no form of a page */
  async fetch(
    url: string,
    form?: Record<string, string>,
    more?: { method: string; origin: string; json?: object },
  ): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#jar.get(host) ?? new Map<string, string>();
    this.#jar.set(host, jar);
    const response = await fetch(url, {
      method: more?.method ?? (form === undefined ? "GET" : "POST"),
      redirect: "manual",
      headers: {
        Cookie: [...jar].map((pair) => pair.join("=")).join("; "),
        ...(more && { Origin: more.origin }),
        ...(more?.json && { "Content-Type": "application/json" }),
      },
      ...(form && { body: new URLSearchParams(form) }),
      ...(more?.json && { body: JSON.stringify(more.json) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = cookie.split(";", 1)[0]?.split(/=(.*)/s) ?? [];
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  cookie(url: string, name: string): string | undefined {
    return this.#jar.get(new URL(url).host)?.get(name);
  }

  setCookie(url: string, name: string, value: string): void {
    this.#jar.get(new URL(url).host)?.set(name, value);
  }

  /**
   * Follows a sign-in from its start, through the provider as `login`, to the address that leads back, which it does
   * not fetch.
   * @param withoutForms throws where the provider shows a form: it is to let the browser pass as one that it knows
   */
  async passProvider(
    start: string,
    login: string,
    redirectUri: string,
    { withoutForms = false } = {},
  ): Promise<string> {
    let at = start;
    for (let step = 0; step < 12; step++) {
      if (at.startsWith(redirectUri)) return at;
      const asked = await this.#formAt(at);
      if (withoutForms && asked !== null) throw new Error(`the provider asks for ${asked}`);
      const response = await this.fetch(at, asked === null ? undefined : FORMS[asked](login));
      const next = response.headers.get("location");
      if (next === null) throw new Error(`the sign-in stopped at ${at}: ${response.status}`);
      at = new URL(next, at).href;
    }
    throw new Error("the sign-in went in circles");
  }

  /** The step that the page at `url` asks for: `login`, `consent`, or null for a page that only leads on. */
  async #formAt(url: string): Promise<"login" | "consent" | null> {
    if (!new URL(url).pathname.startsWith("/interaction/")) return null;
    const page = await (await this.fetch(url)).text();
    return page.includes('name="login"') ? "login" : "consent";
  }
}
