// The box one writes in: Enter sends, Shift+Enter breaks the line, ↑ edits the last message.
// Slash commands are offered in channels and refused in threads, as Slack does.

import { act } from "./api.js";
import { fill, h } from "./dom.js";
import { health } from "./health.js";
import { icon } from "./icons.js";
import { avatar, badge } from "./people.js";

const SHOWN = 7;
const COMMAND = /^\/[a-z][\w-]*/i;

// Slack's own words.
const IN_THREAD = (command) => `${command} is not supported in threads. Sorry!`;
const NOT_A_COMMAND = (command) =>
  `${command} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as commands. If you are trying to send a message and not run a command, try preceding the “/” with an empty space.`;

export class Composer {
  #drafts = new Map();
  #key = null;
  #options = [];
  #chosen = 0;

  /** `where()` says {channel, thread} at the moment of sending; `sent` is called when words have left. */
  constructor(node, app, where, name, sent) {
    Object.assign(this, { node, app, where, name, sent });
    const list = `${name}-suggestions`;
    this.box = h("textarea", {
      rows: 1,
      class: "composer-box",
      id: `${name}-box`,
      autocomplete: "off",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-controls": list,
      "aria-expanded": "false",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#pressed(event),
      onblur: () => this.#offer([]),
    });
    this.suggestions = h("ul", {
      class: "suggestions",
      role: "listbox",
      id: list,
      hidden: true,
      "aria-label": "Suggestions",
    });
    this.notice = h("p", { class: "notice", role: "status", hidden: true });
    this.bot = h("p", { class: "bot-hint", role: "status", hidden: true });
    this.who = h("span", { class: "composer-who" });
    this.sendButton = h(
      "button",
      { type: "button", class: "send", "aria-label": "Send", onclick: () => this.send() },
      icon("send"),
    );
    fill(
      node,
      this.suggestions,
      this.notice,
      this.bot,
      h(
        "div",
        { class: "composer-frame" },
        this.box,
        h(
          "div",
          { class: "composer-foot" },
          this.who,
          h(
            "span",
            { class: "hint" },
            h("kbd", {}, "Enter"),
            " sends · ",
            h("kbd", {}, "↑"),
            " edits your last message",
          ),
          this.sendButton,
        ),
      ),
    );
    this.#watchWidth();
  }

  /** The height of the words depends on the box's width, which a place that is just being shown gets later. */
  #watchWidth() {
    let width = 0;
    new ResizeObserver(([entry]) => {
      if (entry.contentRect.width === width) return;
      width = entry.contentRect.width;
      requestAnimationFrame(() => this.#grow());
    }).observe(this.node);
  }

  /** Whose draft it is, and for where. */
  get #here() {
    const { channel, thread } = this.where();
    return `${this.app.place.me}/${channel}/${thread ?? ""}`;
  }

  /** Shows the right draft and the right person; called whenever place or person may have changed. */
  render() {
    const { channel, thread } = this.where();
    const me = this.app.workspace.users.get(this.app.place.me);
    const key = this.#here;
    if (key !== this.#key) {
      if (this.#key !== null) this.#drafts.set(this.#key, this.box.value);
      this.#key = key;
      this.box.value = this.#drafts.get(key) ?? "";
      this.#say("");
      this.#offer([]);
      this.#grow();
    }
    this.box.placeholder = thread
      ? "Reply in the thread"
      : `Message ${this.app.channelName(this.app.workspace.channels.get(channel))}`;
    this.box.setAttribute("aria-label", this.box.placeholder);
    const { hint } = health(this.app.workspace);
    this.bot.hidden = !hint;
    if (this.bot.textContent !== hint) fill(this.bot, hint);
    if (me)
      fill(
        this.who,
        avatar(me, this.app.workspace, "tiny"),
        h("span", {}, `as ${me.real_name}`),
        badge(me, this.app.workspace),
      );
  }

  /** Puts words into the box, ready to be sent. */
  write(text) {
    this.box.value = text;
    this.#grow();
    this.#say("");
    this.sendButton.disabled = !text.trim();
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
    this.node.classList.remove("filled");
    requestAnimationFrame(() => this.node.classList.add("filled"));
  }

  async send() {
    const text = this.box.value;
    const { channel, thread } = this.where();
    if (!text.trim()) return;
    const command = COMMAND.exec(text)?.[0];
    if (command && thread) {
      this.#say([
        h("strong", {}, IN_THREAD(command)),
        ` Mention the bot instead: @countersign ${command.slice(1)} …`,
      ]);
      return;
    }
    this.#offer([]);
    if (command) await this.#run(command, text, channel);
    else await this.#post(text, channel, thread);
  }

  #post(text, channel, thread) {
    const fields = { channel, text, ...(thread ? { thread_ts: thread } : {}) };
    return this.#leave(text, "message", fields, "The message");
  }

  async #run(command, text, channel) {
    if (!this.app.workspace.commands.some((known) => known.command === command)) {
      this.#say(NOT_A_COMMAND(command));
      return;
    }
    const words = text.slice(command.length).trim();
    await this.#leave(text, "command", { command, text: words, channel }, command);
  }

  /** Sends what was written. What did not leave is a draft again, of whoever wrote it, where it was written. */
  async #leave(text, kind, fields, what) {
    const key = this.#here;
    this.#clear();
    if (await this.app.tell(act(this.app.place.me, kind, fields), what)) return;
    if (key === this.#key) this.write(text);
    else this.#drafts.set(key, text);
  }

  #clear() {
    this.box.value = "";
    this.#say("");
    this.#grow();
    this.sent();
  }

  #say(words) {
    fill(this.notice, words);
    this.notice.hidden = !words.length;
  }

  #grow() {
    this.box.style.height = "auto";
    if (this.box.scrollHeight) this.box.style.height = `${this.box.scrollHeight}px`;
    this.sendButton.disabled = !this.box.value.trim();
  }

  #typed() {
    this.#grow();
    this.#say("");
    this.#offer(this.#matches());
  }

  /** What could be meant: a command at the very start of a channel's box, else a name behind “@”. */
  #matches() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    const { workspace } = this.app;
    if (/^\/[\w-]*$/.test(before) && !this.where().thread) {
      return workspace.commands
        .filter((item) => item.command.startsWith(before.toLowerCase()))
        .slice(0, SHOWN)
        .map((item) => ({
          insert: `${item.command} `,
          label: item.command,
          hint: item.usage_hint,
          note: item.description,
          from: 0,
        }));
    }
    const at = /(?:^|\s)@([\w-]*)$/.exec(before);
    if (!at) return [];
    const names = [
      ...[...workspace.users.values()]
        .filter((user) => !user.deleted)
        .map((user) => [user.name, user.real_name]),
      ...[...workspace.groups.values()].map((group) => [group.handle, group.name]),
    ].sort(([a], [b]) => (b === "countersign") - (a === "countersign"));
    return names
      .filter(([name]) => name.startsWith(at[1].toLowerCase()))
      .slice(0, SHOWN)
      .map(([name, note]) => ({
        insert: `@${name} `,
        label: `@${name}`,
        hint: "",
        note,
        from: before.length - at[1].length - 1,
      }));
  }

  #offer(options) {
    this.#options = options;
    this.#chosen = 0;
    this.suggestions.hidden = !options.length;
    this.box.setAttribute("aria-expanded", String(options.length > 0));
    fill(
      this.suggestions,
      options.map((option, index) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.name}-option-${index}`,
            onpointerdown: (event) => {
              event.preventDefault();
              this.#take(option);
            },
          },
          h("strong", {}, option.label),
          h("code", {}, option.hint),
          h("span", {}, option.note),
        ),
      ),
    );
    this.#mark();
  }

  #mark() {
    [...this.suggestions.children].forEach((item, index) =>
      item.setAttribute("aria-selected", String(index === this.#chosen)),
    );
    if (this.#options.length)
      this.box.setAttribute("aria-activedescendant", `${this.name}-option-${this.#chosen}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  #take({ insert, from }) {
    this.box.setRangeText(insert, from, this.box.selectionStart, "end");
    this.#offer([]);
    this.#grow();
  }

  #pressed(event) {
    if (event.isComposing) return;
    if (this.#options.length && this.#pressedInList(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.box.value) {
      event.preventDefault();
      this.app.editLast(this.where());
    }
  }

  /** True when the key belonged to the open list; Enter behind a whole command sends it. */
  #pressedInList({ key, shiftKey }) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step) {
      this.#chosen = (this.#chosen + step + this.#options.length) % this.#options.length;
      this.#mark();
      return true;
    }
    if (key === "Escape") {
      this.#offer([]);
      return true;
    }
    const option = this.#options[this.#chosen];
    const whole = key === "Enter" && this.box.value.trim() === option.label;
    if ((key === "Tab" || key === "Enter") && !shiftKey && !whole) {
      this.#take(option);
      return true;
    }
    return false;
  }
}
