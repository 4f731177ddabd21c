// Keys of every console page: search, the list of keys, the queue. A field that has the focus keeps its letters.
import { bind, bindSingles } from "./key_buttons.js";

const search = () => (document.getElementById("q-top") ?? document.querySelector("[role=search] input"))?.focus();
bind("Control+k,Meta+k", search);
document.querySelector("[role=search] input")?.addEventListener("keydown", (event) => { if (event.key === "Escape") event.target.blur(); });
bindSingles({ "/": search, "?": () => location.assign("/agents/keys"), "g q": () => location.assign("/agents") });
