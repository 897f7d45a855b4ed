// Shows what waits, and leads to it. Nothing is kept here: every page comes from the server, to whoever is signed in.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const read = (data) => {
  try { return data.json(); } catch (failure) { return {}; }
};

self.addEventListener("push", (event) => {
  const told = event.data ? read(event.data) : {};
  event.waitUntil(self.registration.showNotification(told.title || "Something waits in your inbox", {
    body: told.body || "",
    tag: told.tag || "inbox",
    icon: "/app-icon/192",
    badge: "/app-icon/192",
    requireInteraction: told.waits !== false,
    data: { path: told.path || "/inbox" },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = String(event.notification.data.path);
  // Only ever into the inbox.
  const address = new URL(/^\/inbox(\/apr_[0-9a-v]+)?$/.test(path) ? path : "/inbox", self.location.origin).href;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) => {
    const there = open.find((page) => page.url === address);
    return there ? there.focus() : self.clients.openWindow(address);
  }));
});
