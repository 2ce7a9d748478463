// What went to the bot, and how it answered: the log of deliveries, and the switches that make Slack misbehave.

import { controlBot, setFault } from "./api.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";

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

/** How the bot does, from its process where the sandbox runs it, else from its line to Slack. */
function health({ bot, connected }) {
  if (bot && !bot.running) return { good: false, words: "Not running" };
  if (bot && !bot.ready) return { good: false, words: "Starting…" };
  return { good: connected, words: connected ? "Running" : "Not connected" };
}

// Each is a true bad day: the bot must come through all of them with nothing lost and nothing done twice.
const BAD_DAYS = [
  [
    "Slack slows down",
    "429 for the next five posts",
    { kind: "rate_limited", method: "chat.postMessage", retry_after: 2, times: 5 },
  ],
  ["Slack hangs", "the next three answers come late", { kind: "hang", seconds: 4, times: 3 }],
  [
    "Answers get lost",
    "posted, but the line is cut",
    { kind: "cut", method: "chat.postMessage", times: 1, after_effect: true },
  ],
  ["Slack is down", "until you mend it", { kind: "down" }],
];

/** The lower half of the system pane. */
export class Deliveries {
  constructor(node, app) {
    Object.assign(this, { node, app });
    this.status = h("p", { class: "bot-status" });
    this.log = h("ol", { class: "deliveries", "aria-label": "Deliveries to the bot" });
    this.kill = h(
      "button",
      { class: "button", onclick: () => this.#control("kill") },
      icon("power"),
      "Kill it",
    );
    this.start = h(
      "button",
      { class: "button", onclick: () => this.#control("start") },
      icon("run"),
      "Start it",
    );
    this.switches = h("div", { class: "row" }, this.kill, this.start);
    this.faults = h("p", { class: "fault-note", role: "status" });
    this.mend = h(
      "button",
      { class: "button", hidden: true, onclick: () => app.tell(setFault({ clear: true }), "Mending") },
      "Mend everything",
    );
    fill(
      node,
      h("section", {}, h("h3", {}, "The bot"), this.status, this.switches),
      h("section", {}, h("h3", {}, "Deliveries"), this.log),
      h(
        "details",
        { class: "fold" },
        h("summary", {}, "Bad days to try"),
        h(
          "ul",
          { class: "bad-days" },
          BAD_DAYS.map(([name, note, fault]) =>
            h(
              "li",
              {},
              h(
                "button",
                { class: "bad-day", onclick: () => app.tell(setFault(fault), name) },
                h("strong", {}, name),
                h("span", {}, note),
              ),
            ),
          ),
        ),
        this.faults,
        this.mend,
      ),
    );
  }

  #control(what) {
    return this.app.tell(controlBot(what), what === "kill" ? "Killing the bot" : "Starting the bot");
  }

  render() {
    const { app, faults, deliveries } = this.app.workspace;
    const { good, words } = health(app);
    this.switches.hidden = !app.bot;
    this.kill.disabled = !app.bot?.running;
    this.start.disabled = Boolean(app.bot?.running);
    fill(
      this.status,
      h("span", { class: `dot ${good ? "good" : "bad"}` }),
      words,
      h("span", { class: "quiet-text" }, app.mode === "socket" ? "Socket Mode" : "HTTP"),
    );
    fill(
      this.faults,
      faults.length ? `${faults.length} ${faults.length === 1 ? "fault" : "faults"} in force` : "",
    );
    this.mend.hidden = !faults.length;
    reconcile(
      this.log,
      deliveries.length
        ? deliveries.map((delivery) => ({ key: String(delivery.seq), mark: "", build: () => row(delivery) }))
        : [{ key: "none", mark: "", build: () => h("li", { class: "empty" }, "Nothing yet.") }],
    );
  }
}
