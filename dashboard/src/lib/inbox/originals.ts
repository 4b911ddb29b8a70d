import { SvelteMap } from "svelte/reactivity";
import type { Original } from "../api/notifications.ts";

/** The originals on the screen, by notification, and when each is hidden again; ms since the epoch. */
export const originals = new SvelteMap<string, { original: Original; hideAt: number }>();
