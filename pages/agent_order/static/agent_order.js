// An order's page stays true: a new version is fetched and put in place, node by node, so that focus and scrolling stay.
// Single keys press the buttons that show them; they are off while a field has the focus or the user switched them off.
(() => {
  "use strict";
  const root = document.getElementById("order-live");

  const morph = (old, fresh) => {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) { old.replaceWith(fresh.cloneNode(true)); return; }
    if (old.nodeType !== Node.ELEMENT_NODE) { if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue; return; }
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    children(old, fresh);
  };
  const children = (old, fresh) => {
    const byId = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const known = wanted.id && byId.get(wanted.id);
      if (known) {
        if (known === place) place = place.nextSibling; else old.insertBefore(known, place);
        morph(known, wanted);
      } else if (place && !place.id && !wanted.id && place.nodeName === wanted.nodeName) {
        const here = place; place = place.nextSibling; morph(here, wanted);
      } else {
        old.insertBefore(wanted.cloneNode(true), place);
      }
    }
    while (place) { const gone = place; place = place.nextSibling; gone.remove(); }
  };

  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const text = answer.ok && !answer.redirected ? await answer.text() : "";
      const fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById("order-live");
      if (fresh) morph(root, fresh);
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  };

  if (root && window.EventSource) {
    const stream = new EventSource(root.dataset.live);
    stream.addEventListener("version", refresh);
    addEventListener("pagehide", () => stream.close());
  }

  const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.defaultPrevented || document.body.dataset.keys === "off") return;
    if (document.querySelector("dialog[open]")) return; // the list of keys lies over the page
    const hit = [...document.querySelectorAll("main kbd")].find((one) => one.textContent === event.key);
    const pressed = hit && hit.closest("a, button");
    if (pressed) { event.preventDefault(); pressed.click(); }
  });
})();
