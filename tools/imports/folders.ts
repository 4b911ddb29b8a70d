/** The imports that a folder's code may have from outside itself; ARCHITECTURE.md shows the same list. */
export interface Folder {
  /** Folders, and single files of them. */
  imports: string[];
  /** Folders of which it may import types alone. */
  types?: string[];
  /** Its tests keep to the list too. Tests of other folders import whatever they need. */
  tests?: true;
}

/** From the ground up. */
export const FOLDERS: Record<string, Folder> = {
  config: { imports: [], tests: true },
  redaction: { imports: [], tests: true },
  "on-call": { imports: [], tests: true },
  channels: { imports: ["config"] },
  client: { imports: ["channels/contract.ts"] },
  plugins: { imports: ["tocsin/channel"], tests: true },
  store: {
    imports: [
      "config",
      "redaction",
      "on-call",
      "channels/contract.ts",
      "channels/outcome.ts",
      "channels/report.ts",
    ],
  },
  activities: { imports: ["config", "redaction", "on-call", "channels", "store"] },
  workflows: { imports: ["channels/contract.ts"], types: ["activities"] },
  node: { imports: ["config", "redaction", "on-call", "channels", "store", "activities", "workflows"] },
  api: { imports: ["config", "redaction", "on-call", "channels", "store", "activities", "node"] },
  dashboard: { imports: ["channels/contract.ts", "client"], types: ["api"] },
  tools: {
    imports: ["config", "redaction", "on-call", "channels", "client", "store", "activities", "node", "api"],
  },
  testing: {
    imports: [
      "config",
      "redaction",
      "on-call",
      "channels",
      "store",
      "activities",
      "node",
      "api",
      "tools",
      "client",
    ],
  },
};
