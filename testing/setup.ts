import { heldFetch } from "./contract.ts";

// Test files share a process, in which this runs again for each of them.
globalThis.fetch = heldFetch;
