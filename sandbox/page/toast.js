// Short notices that come and go at the edge of the page.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 9000;

/** `tone` is "bad" or "good"; a toast stays while the pointer rests on it. */
export function toast(title, text = "", tone = "bad") {
  const box = document.getElementById("toasts");
  const node = h(
    "div",
    { class: `toast ${tone}`, role: tone === "bad" ? "alert" : "status" },
    icon(tone === "bad" ? "warn" : "check"),
    h("div", {}, h("strong", {}, title), text && h("p", {}, text)),
    h("button", { class: "quiet", "aria-label": "Dismiss", onclick: () => node.remove() }, icon("close")),
  );
  box.append(node);
  box.hidePopover();
  box.showPopover();
  const leave = () => (node.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : node.remove());
  setTimeout(leave, SHOWN_MS);
}

// What the codes mean that Slack gives when an app does not answer.
const REASONS = {
  dispatch_failed: "The app did not take it: it is not running, or it answered with an error.",
  operation_timeout: "The app did not answer within three seconds.",
};

/** Says that something was refused: in the server's own sentence where it has one. */
export function failed(what, code, sentence) {
  toast(sentence || `${what} failed with the error “${code}”`, REASONS[code] ?? "");
}
