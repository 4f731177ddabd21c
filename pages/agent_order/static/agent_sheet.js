// A command sheet: ⌘↵ or Ctrl-Enter sends it, Escape leaves it, and a second click while it is on its way does nothing.
(() => {
  "use strict";
  const form = document.querySelector(".sheet form");
  if (!form) return;
  let sent = false;
  // The effect above it stays in sight, and what a screen reader is to read first keeps the focus.
  const reason = form.querySelector("#f-because");
  if (document.activeElement === document.body && reason) reason.focus({ preventScroll: true });
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, 8000);
  });
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return; // the list of keys lies over the sheet
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) { event.preventDefault(); form.requestSubmit(); }
    if (event.key === "Escape" && localStorage.getItem("keys") !== "off") form.querySelector("a.quiet").click();
  });
})();
