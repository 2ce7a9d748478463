// A button that opens a short list of actions. Keys as the ARIA practices draw them:
// https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** `items` are {words, action}; `summary` holds the attributes of the button that opens the list. */
export function menu(summary, items) {
  const button = h("summary", { ...summary, "aria-haspopup": "menu" }, icon("more"));
  const close = () => {
    node.open = false;
  };
  const choose = (action) => {
    close();
    button.focus();
    return action();
  };
  const list = items.map(({ words, action }) =>
    h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => choose(action) }, words),
  );
  const onkeydown = (event) => {
    const to = target(event.key, list.indexOf(document.activeElement), list.length);
    if (event.key === "Escape" && node.open) {
      close();
      button.focus();
    } else if (event.key === "Tab") {
      close();
      return;
    } else if (to !== null) {
      node.open = true;
      list[to].focus();
    } else return;
    event.preventDefault();
  };
  const node = h(
    "details",
    { class: "overflow", onkeydown },
    button,
    h("div", { class: "menu", role: "menu" }, list),
  );
  return node;
}

/** The item that a key leads to from the one at `index` (-1: from the button), or null. */
function target(key, index, length) {
  if (key === "Home" && index >= 0) return 0;
  if (key === "End" && index >= 0) return length - 1;
  if (key === "ArrowDown") return (index + 1) % length;
  if (key === "ArrowUp") return (Math.max(index, 0) - 1 + length) % length;
  return null;
}

/** Closes every open list that `target` is not in. */
export function closeMenus({ target: pressed }) {
  for (const open of document.querySelectorAll("details.overflow[open]")) {
    if (!open.contains(pressed)) open.open = false;
  }
}
