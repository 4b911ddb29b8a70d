import "../../../static/tokens.css";
import "../../app.css";
import "./host.css";
import { mount, unmount } from "svelte";
import type { SubjectToken } from "./Access.svelte.ts";
import Panel from "./Panel.svelte";

/** The build puts all styles here: a sheet that code makes needs no exception from a page's Content-Security-Policy. */
const STYLES = "tocsin-inbox:styles";

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);

/** Fetches a subject token from the page's own server. @param territory the element's attribute */
export type GetToken = (territory: string | null) => Promise<SubjectToken>;

/**
 * `<tocsin-inbox>`: a person's inbox, live, in a page of another system. Attributes: `url` (Tocsin's, where this file comes from elsewhere),
 * `territory`, `territory-name`, `theme` ("light" where the page is never dark). Property: `getToken`. Events: `tocsin-count`, `tocsin-error`.
 */
class TocsinInbox extends HTMLElement {
  static readonly observedAttributes = ["url", "territory", "territory-name"];

  readonly #root = this.attachShadow({ mode: "open" });
  #panel: object | null = null;
  #getToken: GetToken | null = null;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
  }

  get getToken(): GetToken | null {
    return this.#getToken;
  }

  set getToken(getToken: GetToken | null) {
    this.#getToken = getToken;
    this.#begin();
  }

  connectedCallback(): void {
    // A page may have set it before it had this class.
    const given = Object.getOwnPropertyDescriptor(this, "getToken");
    if (given === undefined) return this.#begin();
    Reflect.deleteProperty(this, "getToken");
    this.getToken = given.value;
  }

  disconnectedCallback(): void {
    this.#end();
  }

  attributeChangedCallback(): void {
    if (this.#panel !== null) this.#begin();
  }

  #begin(): void {
    this.#end();
    const getToken = this.#getToken;
    if (getToken === null || !this.isConnected) return;
    this.#panel = mount(Panel, {
      target: this.#root,
      props: {
        site: new URL(this.getAttribute("url") ?? import.meta.url).origin,
        territory: this.getAttribute("territory-name"),
        source: () => getToken(this.getAttribute("territory")),
        root: this.#root,
        oncount: (need) => this.#tell("tocsin-count", need),
        onerror: (reason) => this.#tell("tocsin-error", { reason }),
        onagain: () => this.#begin(),
      },
    });
  }

  #end(): void {
    if (this.#panel !== null) void unmount(this.#panel);
    this.#panel = null;
  }

  #tell(type: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

if (customElements.get("tocsin-inbox") === undefined) customElements.define("tocsin-inbox", TocsinInbox);
