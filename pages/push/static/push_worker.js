// The service worker: shows a push message as one line, and opens the order's page when it is pressed. It caches nothing.
"use strict";
self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  let message = {};
  try { message = event.data.json(); } catch { /* shown without its text: a browser wants to see something for each message */ }
  const options = { body: message.body || "", tag: message.tag || "smot", data: { page: message.page || "" } };
  event.waitUntil(self.registration.showNotification(message.title || self.location.hostname, options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const page = new URL(event.notification.data.page || "/", self.location.origin);
  if (!event.notification.data.page || page.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const same = open.find((client) => new URL(client.url).pathname === page.pathname);
    if (same) await same.focus(); else await self.clients.openWindow(page.href);
  })());
});
