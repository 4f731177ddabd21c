// Keys press buttons: each is one of its own, out of sight and out of the order of focus, so that @github/hotkey can press it.
import { install } from "./hotkey.js";

const keys = document.createElement("div");
keys.hidden = true;
document.body.append(keys);
export const bind = (key, act) => {
  const button = document.createElement("button");
  button.addEventListener("click", act);
  keys.append(button);
  install(button, key);
};
// Single letters are off for those who speak to their browser, and while a list lies over the page.
export const bindSingles = (actions) => {
  if (document.body.dataset.keys !== "off") for (const [key, act] of Object.entries(actions)) bind(key, () => document.querySelector("dialog[open]") || act());
};
