// Keys and live rows of the queue. Every key presses a link or button that is there without script. Live rows never move the focus.
import { bindSingles } from "./key_buttons.js";

const rows = () => [...document.querySelectorAll("#rows [data-row]")];
const current = () => rows().findIndex((row) => row.closest("tr").hasAttribute("aria-current"));

const move = (step) => {
  const all = rows();
  const next = all[Math.max(0, Math.min(all.length - 1, current() + step))];
  if (next) open(next);
};

// Shows the question of a row beside the list: the list keeps its place. On a narrow screen it has a page of its own, above the list.
const narrow = matchMedia("(max-width: 63.99rem)");
const open = async (link) => {
  if (narrow.matches) return location.assign(link.href);
  document.querySelector("#rows tr[aria-current]")?.removeAttribute("aria-current");
  const row = link.closest("tr");
  row.setAttribute("aria-current", "true");
  row.scrollIntoView({ block: "nearest" });
  link.focus({ preventScroll: true });
  history.replaceState(null, "", link.href);
  remember();
  const page = await fresh(link.href);
  if (page && location.href === link.href) replace(page, "#pane");
};

const fresh = async (address) => {
  const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (answer.redirected) return location.assign(answer.url);
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : undefined;
};

const replace = (page, name) => {
  const [old, next] = [document.querySelector(name), page.querySelector(name)];
  if (old && next && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(next));
};

// New rows come in at their place, closed ones are crossed out, and the rest stays as it is.
const refresh = async () => {
  const page = await fresh(location.href);
  if (!page) return;
  const seen = new Set([...page.querySelectorAll("#rows tr[id]")].map((row) => row.id));
  for (const row of document.querySelectorAll("#rows tr[id]")) row.classList.toggle("gone", !seen.has(row.id));
  let before = null;
  for (const row of page.querySelectorAll("#rows tr[id]")) {
    const here = document.getElementById(row.id);
    if (here && !here.contains(document.activeElement)) here.querySelector(".own").replaceWith(document.adoptNode(row.querySelector(".own")));
    if (!here && before) before.after(document.adoptNode(row));
    if (!here && !before) document.getElementById("changed").hidden = false;
    before = document.getElementById(row.id) ?? before;
  }
  replace(page, "#views");
};

const live = () => {
  const source = new EventSource("/agents/queue/events");
  source.addEventListener("queue", refresh);
  source.addEventListener("open", () => { document.getElementById("live").hidden = false; });
  source.addEventListener("error", () => { document.getElementById("live").hidden = true; });
  addEventListener("pagehide", () => source.close());
};

const press = (name) => document.querySelector(name)?.click();
const pick = () => document.querySelector("#rows tr[aria-current] .pick")?.click();
const closing = () => { const box = document.getElementById("close"); if (box) { box.open = true; box.querySelector("textarea").focus(); } };
bindSingles({ j: () => move(1), k: () => move(-1), o: () => press("#open"), e: () => press("#claim"), x: pick, c: closing });
document.getElementById("rows")?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-row]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button || narrow.matches) return;
  event.preventDefault();
  open(link);
});

// `g q` of other pages comes back to this place.
const remember = () => sessionStorage.setItem("queue", location.pathname + location.search);
if (document.getElementById("rows")) { live(); remember(); }
