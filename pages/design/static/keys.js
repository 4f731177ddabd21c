// Keys of every console page: search, the list of keys, the queue. A field that has the focus keeps its letters.
import { bind, bindSingles } from "./key_buttons.js";

const search = () => (document.getElementById("q-top") ?? document.querySelector("[role=search] input"))?.focus();
bind("Control+k,Meta+k", search);
document.querySelector("[role=search] input")?.addEventListener("keydown", (event) => { if (event.key === "Escape") event.target.blur(); });

// The list of keys lies over the page, which stays as it is. It is the section of its own page; without script the link leads there.
const KEYS = "/agents/keys";
const list = async () => {
  const answer = await fetch(KEYS, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => undefined);
  const sheet = answer?.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".keysheet");
  if (!sheet) return location.assign(KEYS);
  const dialog = document.createElement("dialog");
  dialog.className = "over";
  dialog.setAttribute("aria-labelledby", "kh");
  dialog.append(document.adoptNode(sheet));
  const close = dialog.querySelector("[data-close]");
  close.textContent = close.dataset.close;
  close.addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
};
const listed = () => location.pathname === KEYS || document.querySelector("dialog[open]");
document.querySelector("a.keys")?.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || listed()) return;
  event.preventDefault();
  list();
});

// The queue is opened where it was left.
const queue = () => location.assign(sessionStorage.getItem("queue") ?? "/agents");
bindSingles({ "/": search, "?": () => listed() || list(), "g q": queue });
