// A button that opens a short list of actions.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** `items` are {words, action}; `summary` holds the attributes of the button that opens the list. */
export function menu(summary, items) {
  const close = () => {
    node.open = false;
  };
  const choose = (action) => {
    close();
    return action();
  };
  const list = items.map(({ words, action }) =>
    h("button", { type: "button", role: "menuitem", onclick: () => choose(action) }, words),
  );
  const node = h(
    "details",
    {
      class: "overflow",
      onkeydown: (event) => {
        if (event.key !== "Escape" || !node.open) return;
        event.preventDefault();
        close();
        node.firstElementChild.focus();
      },
    },
    h("summary", summary, icon("more")),
    h("div", { class: "menu", role: "menu" }, list),
  );
  return node;
}

/** Closes every open list that `target` is not in. */
export function closeMenus({ target }) {
  for (const open of document.querySelectorAll("details.overflow[open]")) {
    if (!open.contains(target)) open.open = false;
  }
}
