// The channel in the middle: its head, its messages or its welcome, and the box one writes in.

import { backButton } from "./back.js";
import { wholeWay } from "./coach.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { STAGE } from "./facts.js";
import { icon } from "./icons.js";
import { showKeys } from "./keys.js";
import { MessageList } from "./messagelist.js";

const welcome = (app) =>
  h(
    "section",
    { class: "welcome" },
    h("h2", {}, "One thread. Two people. Nothing done twice."),
    h(
      "p",
      {},
      "This is a practice workspace: the bot is real, the files are real, and nobody gets hurt. The tour takes three minutes; each step shows you where, or does it for you.",
    ),
    h(
      "button",
      { type: "button", class: "button primary big", onclick: () => app.guide.start() },
      icon("run"),
      "Send a SEV0 run",
    ),
    wholeWay(app.guide.progress.read()),
  );

export class Channel {
  #welcomeMark = "";

  constructor(node, app) {
    Object.assign(this, { node, app });
    this.title = h("h1");
    this.members = h("span", { class: "quiet-text" });
    this.line = h("span", { class: "line" });
    this.theme = h("button", {
      class: "quiet",
      onclick: () => app.place.switchTheme(),
    });
    this.pane = h(
      "button",
      {
        class: "quiet pane-switch",
        "aria-label": "Systems pane",
        "aria-controls": "system",
        title: "Show or hide the systems pane",
        onclick: () => app.place.showSystem(!app.place.systemOpen),
      },
      icon("pane"),
      h("span", { class: "wide-only" }, "Systems"),
    );
    this.welcome = h("div", { class: "welcome-place" });
    this.list = new MessageList(app, "Messages of the channel", false);
    const box = h("div", { class: "composer" });
    this.composer = new Composer(
      box,
      app,
      () => ({ channel: app.place.channel, thread: null }),
      "channel",
      () => this.list.pin.toEnd(),
    );
    fill(
      node,
      h(
        "header",
        { class: "panel-head" },
        backButton("Back to people and channels", () => app.place.goHome()),
        h("div", { class: "panel-title" }, this.title, this.members),
        this.line,
        h(
          "button",
          { class: "quiet keys-button", "aria-label": "Keys", title: "Keys (?)", onclick: showKeys },
          "?",
        ),
        this.theme,
        this.pane,
      ),
      this.welcome,
      this.list.node,
      box,
    );
  }

  #head(channel) {
    const { place, workspace } = this.app;
    fill(this.title, this.app.channelName(channel));
    fill(this.members, channel?.members ? `${channel.members.length} members` : "");
    fill(this.theme, icon(place.dark ? "sun" : "moon"));
    this.theme.setAttribute("aria-label", place.dark ? "Light colours" : "Dark colours");
    this.pane.setAttribute("aria-expanded", String(place.systemOpen));
  }

  #greet(empty) {
    const mark = empty ? `${this.app.place.channel}/${this.app.guide.progress.read().index}` : "";
    this.welcome.hidden = !empty;
    if (mark === this.#welcomeMark) return;
    this.#welcomeMark = mark;
    fill(
      this.welcome,
      empty &&
        (this.app.place.channel === STAGE
          ? welcome(this.app)
          : h("p", { class: "empty" }, `Nothing has been said in ${this.title.textContent} yet.`)),
    );
  }

  render() {
    const { place, workspace } = this.app;
    const channel = workspace.channels.get(place.channel);
    this.#head(channel);
    const messages = workspace.inChannel(place.channel);
    const whispers = workspace.privately(place.me, place.channel);
    this.#greet(channel && !messages.length && !whispers.length);
    this.composer.render();
    this.list.show(place.channel, place.channel, messages, whispers);
  }
}
