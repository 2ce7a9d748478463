// The button of a narrow page that leads to what lies before a panel.

import { h } from "./dom.js";
import { icon } from "./icons.js";

export function backButton(label, back) {
  return h("button", { class: "quiet back", "aria-label": label, onclick: back }, icon("back"));
}
