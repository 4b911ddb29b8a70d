import { version } from "$app/env";
import { self } from "$app/service-worker";
import { forgetOthers, keep, offlinePage, shell } from "./offline.ts";
import { acknowledge, open } from "./acts.ts";
import { readPush, show } from "./push.ts";

/**
 * What stands between the pages and the network. It keeps the page that says that the server is away, and nothing else: no call of the API passes
 * through it, and no answer of one is ever kept. A new version takes over at once, since no page needs anything of an older one.
 */
const store = `tocsin-${version}`;

self.addEventListener("install", (event) => event.waitUntil(keep(store).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) =>
  event.waitUntil(forgetOthers(store).then(() => self.clients.claim())),
);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin || request.method !== "GET" || pathname.startsWith("/api/")) return;
  if (request.mode === "navigate") event.respondWith(offlinePage(request, store));
  else if (shell.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(request)));
});

/** A file of the offline page. */
const kept = async (request: Request): Promise<Response> =>
  (await caches.match(request, { cacheName: store, ignoreSearch: true })) ?? Response.error();

self.addEventListener("push", (event) => {
  const push = readPush(event.data);
  if (push !== null) event.waitUntil(show(push));
});

self.addEventListener("notificationclick", (event) => {
  const { notification, action } = event;
  notification.close();
  event.waitUntil(
    action === "acknowledge" ? acknowledge(notification.data) : open(notification.data.notification_id),
  );
});
