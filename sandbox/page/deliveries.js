// What went to the bot, and how it answered: its health, and the log of deliveries.

import { fill, h, reconcile } from "./dom.js";
import { health } from "./health.js";

const tone = (status) => (/^2/.test(status) ? "good" : "bad");

function row(delivery) {
  const { what, attempt, status, took_ms: took, text } = delivery;
  return h(
    "li",
    {},
    h(
      "span",
      { class: "delivery-what", title: text },
      what,
      attempt > 1 && h("span", { class: "retry" }, `try ${attempt}`),
    ),
    h("span", { class: `delivery-status ${tone(status)}` }, status ?? "…"),
    h("span", { class: "quiet-text" }, took === undefined || took === null ? "" : `${Math.round(took)} ms`),
  );
}

export class Deliveries {
  constructor(node, app) {
    Object.assign(this, { node, app });
    this.status = h("p", { class: "bot-status" });
    this.log = h("ol", { class: "deliveries", "aria-label": "Deliveries to the bot" });
    fill(node, h("h3", {}, "The bot"), this.status, this.log);
  }

  render() {
    const { app, deliveries } = this.app.workspace;
    const { good, words } = health(this.app.workspace);
    fill(
      this.status,
      h("span", { class: `dot ${good ? "good" : "bad"}` }),
      words,
      h("span", { class: "quiet-text" }, app.mode === "socket" ? "Socket Mode" : "HTTP"),
    );
    reconcile(
      this.log,
      deliveries.length
        ? deliveries.map((delivery) => ({ key: String(delivery.seq), mark: "", build: () => row(delivery) }))
        : [{ key: "none", mark: "", build: () => h("li", { class: "empty" }, "Nothing has gone to it since this page was opened.") }],
    );
  }
}
