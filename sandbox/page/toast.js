// Short notices that come and go at the edge of the page.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 9000;

/** `tone` is "bad" or "good"; a toast stays while the pointer rests on it. */
export function toast(title, text = "", tone = "bad") {
  const box = document.getElementById("toasts");
  const node = h("div", { class: `toast ${tone}`, role: tone === "bad" ? "alert" : "status" },
    icon(tone === "bad" ? "warn" : "check"),
    h("div", {}, h("strong", {}, title), text && h("p", {}, text)),
    h("button", { class: "quiet", "aria-label": "Dismiss", onclick: () => node.remove() }, icon("close")));
  box.append(node);
  const leave = () => (node.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : node.remove());
  setTimeout(leave, SHOWN_MS);
}

// What Slack says when an app does not answer a command or a click in time.
const REASONS = {
  dispatch_failed: "The app did not take it: it is not running, or it answered with an error.",
  operation_timeout: "The app did not answer within three seconds.",
};

export function failed(what, code) {
  toast(`${what} failed with the error “${code}”`, REASONS[code] ?? "");
}
