// Registers this browser for push messages: the browser is asked only after the button was pressed, then the form is sent.
(() => {
  "use strict";
  const form = document.getElementById("register");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const blocked = document.getElementById("blocked");
  form.hidden = false;
  document.getElementById("unsupported").hidden = true;

  async function subscription() {
    if (await Notification.requestPermission() !== "granted") return null;
    const registration = await navigator.serviceWorker.register("/static/push_worker.js");
    const key = { userVisibleOnly: true, applicationServerKey: form.dataset.key };
    const old = await registration.pushManager.getSubscription();
    if (old && base64url(old.options.applicationServerKey) !== form.dataset.key) await old.unsubscribe();
    return registration.pushManager.subscribe(key);
  }

  function base64url(buffer) {
    const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const found = await subscription().catch(() => null);
    blocked.hidden = found !== null;
    if (found === null) return;
    form.elements.endpoint.value = found.endpoint;
    form.elements.p256dh.value = base64url(found.getKey("p256dh"));
    form.elements.auth.value = base64url(found.getKey("auth"));
    form.submit();
  });
})();
