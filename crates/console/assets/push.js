// Makes the inbox an app, and asks this browser to tell what waits. The form stands on the page, hidden until it is known
// that the browser can.
"use strict";

(() => {
  if (!("serviceWorker" in navigator)) return;
  const form = document.querySelector("form[data-push]");
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  };
  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const registered = navigator.serviceWorker.register("/sw.js", { scope: "/" });
  registered.catch(() => {});
  if (!form || !("PushManager" in window)) return;
  // A push service that cannot be reached may never answer: nobody is left waiting for it.
  const soon = (promise) => Promise.race([promise,
    new Promise((_, fail) => { setTimeout(() => fail(new Error("silent")), 15000); })]);
  const say = (words) => { form.querySelector("[role=status]").textContent = words; };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if (await Notification.requestPermission() !== "granted") {
        say("This browser does not allow it: allow notifications of this site in its settings.");
        return;
      }
      const worker = await registered;
      const key = bytes(form.dataset.push);
      const present = await worker.pushManager.getSubscription();
      if (present) await present.unsubscribe();
      say("Asking this browser…");
      const made = await soon(worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
      form.elements.endpoint.value = made.endpoint;
      form.elements.p256dh.value = text(made.getKey("p256dh"));
      form.elements.auth.value = text(made.getKey("auth"));
      form.submit();
    } catch (failure) {
      say("This browser could not be asked to tell you: its push service does not answer. Try again later.");
    }
  });
  form.parentElement.hidden = false;
})();
