// The app's Home tab: the view that the bot published for the person at the keyboard.
// https://docs.slack.dev/surfaces/app-home

import { act } from "./api.js";
import { backButton } from "./back.js";
import { blocks } from "./blocks.js";
import { fill, h } from "./dom.js";

export class Home {
  /** For whom the tab was opened last; opening it tells the bot, as in Slack. */
  #openedFor = null;
  #mark = "";

  constructor(node, app) {
    Object.assign(this, { node, app });
    this.line = h("span", { class: "line" });
    this.body = h("div", { class: "home-body", tabindex: "0", role: "region", "aria-label": "Home tab" });
    fill(
      node,
      h(
        "header",
        { class: "panel-head" },
        backButton("Back to people and channels", () => app.place.goHome()),
        h("div", { class: "panel-title" }, h("h1", {}, "Countersign"), h("span", { class: "quiet-text" }, "Home")),
        this.line,
      ),
      this.body,
    );
  }

  render() {
    const { place, workspace } = this.app;
    this.node.hidden = !place.appHome;
    // After a line that was lost the tab is opened again: the workspace may be another one.
    if (!place.appHome || workspace.connection === "lost") this.#openedFor = null;
    if (!place.appHome) return;
    if (this.#openedFor !== place.me && workspace.connection === "live") {
      this.#openedFor = place.me;
      this.app.tell(act(place.me, "home"), "Opening the Home tab");
    }
    const view = workspace.homes.get(place.me);
    const mark = JSON.stringify([place.me, view?.hash]);
    if (mark === this.#mark) return;
    this.#mark = mark;
    const context = { names: this.app.names, click: (fields) => this.#click(view, fields) };
    fill(
      this.body,
      view
        ? h("div", { class: "card" }, blocks(view.blocks, context))
        : h("p", { class: "empty" }, "The bot has published nothing here yet."),
    );
  }

  #click(view, fields) {
    return this.app.tell(act(this.app.place.me, "click", { view_id: view.id, ...fields }), "The button");
  }
}
