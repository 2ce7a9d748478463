// The messages of a channel or thread: grouped by author, days between them, kept at the end for who reads there.

import { h, reconcile } from "./dom.js";
import { author, messageRow, whisperRow } from "./messages.js";
import { standing } from "./people.js";
import { Pin } from "./pin.js";
import { ago, dayName } from "./time.js";

const SAME_BREATH_SECONDS = 300;

function follows(message, before) {
  return (
    Boolean(before) &&
    !message.isWhisper &&
    !before.isWhisper &&
    before.user === message.user &&
    before.bot_id === message.bot_id &&
    !message.subtype &&
    !before.deleted &&
    message.ts - before.ts < SAME_BREATH_SECONDS
  );
}

// What the eye should notice when it changes; reply counts and passing time are not among it.
const look = ({ text, blocks: list, attachments, deleted }) =>
  JSON.stringify([text, list, attachments, deleted]);

/** All that a row shows; whoever edits it is not disturbed by what changes around. */
function markOf(message, joined, channel, app) {
  const user = author(message, app.workspace);
  return JSON.stringify([
    message,
    joined,
    app.place.me,
    user && standing(user, app.workspace),
    message.latest_reply && ago(message.latest_reply),
    app.workspace.privately(app.place.me, channel, message.ts).length,
  ]);
}

export class MessageList {
  #shown = null;

  constructor(app, label, inThread) {
    Object.assign(this, { app, inThread });
    this.node = h("div", { class: "messages", role: "log", "aria-label": label, tabindex: "0" });
    this.pin = new Pin(this.node);
  }

  /** Shows the messages of a place with the private ones in between; another place begins at its end. */
  show(place, channel, messages, whispers) {
    const another = place !== this.#shown;
    this.#shown = place;
    this.pin.look();
    if (another) {
      reconcile(this.node, []);
      delete this.node.dataset.settled;
    }
    reconcile(this.node, this.#items(channel, messages, whispers));
    if (another) this.pin.toEnd();
    else this.pin.settle();
  }

  #items(channel, messages, whispers) {
    const all = [...messages, ...whispers.map((item) => ({ ...item, isWhisper: true }))];
    const items = [];
    let before = null;
    for (const message of all.sort((a, b) => a.ts - b.ts)) {
      const day = dayName(message.ts);
      if (!this.inThread && (!before || dayName(before.ts) !== day)) {
        items.push({
          key: `day-${day}`,
          mark: day,
          build: () => h("div", { class: "day", role: "separator" }, h("span", {}, day)),
        });
        before = null;
      }
      items.push(message.isWhisper ? this.#whisper(message) : this.#message(message, before, channel));
      before = message;
    }
    return items;
  }

  #message(message, before, channel) {
    const { app, inThread } = this;
    const joined = follows(message, before);
    const mine = app.editing?.ts === message.ts && app.editing.inThread === inThread;
    return {
      key: message.ts,
      mark: mine ? "in the editor" : markOf(message, joined, channel, app),
      look: look(message),
      build: () => messageRow(message, channel, joined, inThread, app),
    };
  }

  #whisper(message) {
    return {
      key: `${message.id}-private`,
      mark: JSON.stringify(message),
      look: look(message),
      build: () => whisperRow(message, this.app),
    };
  }
}
