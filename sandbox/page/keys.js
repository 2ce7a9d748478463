// Keys that work anywhere but in a text field, and the list of them.

import { ask } from "./ask.js";
import { h } from "./dom.js";

export const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog");

const LIST = [
  ["1 – 8", "be that person"],
  ["/", "to the box one writes in"],
  ["t", "to the tour"],
  ["s", "show or hide the systems"],
  ["Enter", "send; with Shift, a new line"],
  ["↑", "in an empty box: edit your last message"],
  ["Esc", "close what is open: a menu, a form, the thread"],
  ["?", "this list"],
];

/** Shows the list of keys until it is closed. */
export function showKeys() {
  const rows = LIST.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]);
  return ask({ title: "Keys", body: h("dl", { class: "keys" }, rows), yes: "Close" });
}

export function listenForKeys(app) {
  const actions = {
    "/": () => app.composerOf(app.thread.node.contains(document.activeElement)).box.focus(),
    t: () => app.guide.focus(),
    s: () => app.place.showSystem(!app.place.systemOpen),
    "?": showKeys,
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
