// A small question that stops everything else until it is answered.

import { h } from "./dom.js";

/** Resolves true for `yes`; Escape and `no` are the same, `no` may be left out. All are words or nodes. */
export function ask({ title, body, yes, no, danger = false }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "dialog small", "aria-labelledby": "question" },
      h(
        "form",
        { method: "dialog" },
        h("h2", { id: "question" }, title),
        h("div", { class: "dialog-body" }, body),
        h(
          "div",
          { class: "dialog-foot" },
          no && h("button", { class: "button", value: "no" }, no),
          h("button", { class: `button ${danger ? "danger" : "primary"}`, value: "yes" }, yes),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
