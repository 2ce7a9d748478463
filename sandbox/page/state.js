// What the practice workspace holds, kept current by its event stream. Pages read it; only the server changes it.

import { getState, stream } from "./api.js";
import { setAhead } from "./time.js";

const KEPT_DELIVERIES = 200;

const byKey = (list, key) => new Map((list ?? []).map((item) => [item[key], item]));

export class Workspace extends EventTarget {
  seq = -1;
  run = null;
  connection = "connecting";
  team = {};
  users = new Map();
  groups = new Map();
  channels = new Map();
  messages = new Map();
  ephemerals = new Map();
  views = new Map();
  homes = new Map();
  commands = [];
  shortcuts = [];
  faults = [];
  clock = { ahead: 0, moves: false };
  app = {};
  deliveries = [];
  #waiting = null;

  /** Opens the stream first and reads the state then, so that nothing falls between the two. */
  start() {
    stream({
      onOpen: () => this.#reload(),
      onEvent: (event) => (this.#waiting ? this.#waiting.push(event) : this.#apply(event)),
      onLost: () => this.#setConnection("lost"),
    });
  }

  async #reload() {
    this.#waiting = [];
    try {
      this.#adopt(await getState());
    } catch {
      this.#setConnection("lost");
      return;
    }
    const missed = this.#waiting;
    this.#waiting = null;
    missed.forEach((event) => this.#apply(event));
    this.#setConnection("live");
  }

  #setConnection(connection) {
    this.connection = connection;
    this.#changed("connection");
  }

  #changed(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent("change", { detail: { kind, ...detail } }));
  }

  #adopt(state) {
    this.seq = state.seq;
    this.run = state.run;
    this.team = state.team;
    this.users = byKey(state.users, "id");
    this.groups = byKey(state.groups, "id");
    this.channels = byKey(state.channels, "id");
    this.messages = new Map(
      Object.entries(state.messages).map(([channel, list]) => [channel, byKey(list, "ts")]),
    );
    this.ephemerals = byKey(state.ephemerals, "id");
    this.views = new Map(Object.entries(state.views));
    this.homes = new Map(Object.entries(state.homes ?? {}));
    this.commands = state.commands ?? [];
    this.shortcuts = state.shortcuts ?? [];
    this.faults = state.faults ?? [];
    this.keepClock(state.clock);
    this.app = state.app ?? {};
    this.#changed("all");
  }

  #apply(event) {
    if (event.type === "reset") {
      this.#reload();
      return;
    }
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    const handle = HANDLERS[event.type];
    if (handle) handle(this, event);
    this.#changed(event.type, { event });
  }

  keepClock(clock) {
    this.clock = clock;
    setAhead(clock.ahead);
  }

  keepMessage(channel, message) {
    if (!this.messages.has(channel)) this.messages.set(channel, new Map());
    this.messages.get(channel).set(message.ts, message);
  }

  /** The messages of a channel as its readers see them: thread replies only when they were also sent to the channel. */
  inChannel(channel) {
    return this.#sorted(channel, (message) => !isReply(message) || message.subtype === "thread_broadcast");
  }

  replies(channel, threadTs) {
    return this.#sorted(channel, (message) => isReply(message) && message.thread_ts === threadTs);
  }

  /** The server's time of the last word or edit, in seconds: the page's own clock may differ. */
  get newest() {
    return this.everything().reduce((last, { ts, edited }) => Math.max(last, ts, edited?.ts ?? 0), 0);
  }

  everything = () => [...this.messages.values()].flatMap((list) => [...list.values()]);

  message = (channel, ts) => this.messages.get(channel)?.get(ts);

  #sorted(channel, keep) {
    const all = [...(this.messages.get(channel)?.values() ?? [])];
    return all.filter(keep).sort((a, b) => Number(a.ts) - Number(b.ts));
  }

  /** What only `user` sees in this place: ephemerals carry their thread, or none. */
  privately(user, channel, threadTs = null) {
    return [...this.ephemerals.values()].filter(
      (item) => item.user === user && item.channel === channel && (item.thread_ts ?? null) === threadTs,
    );
  }
}

export const isReply = (message) => Boolean(message.thread_ts) && message.thread_ts !== message.ts;

const keepViews = (workspace, { user, views }) => workspace.views.set(user, views);

const HANDLERS = {
  message: (workspace, { channel, message }) => workspace.keepMessage(channel, message),
  message_changed: (workspace, { channel, message }) => workspace.keepMessage(channel, message),
  message_deleted: (workspace, { channel, message }) =>
    workspace.keepMessage(channel, { ...message, deleted: true }),
  ephemeral: (workspace, { ephemeral }) => workspace.ephemerals.set(ephemeral.id, ephemeral),
  ephemeral_changed: (workspace, { ephemeral }) => workspace.ephemerals.set(ephemeral.id, ephemeral),
  ephemeral_deleted: (workspace, { ephemeral }) => workspace.ephemerals.delete(ephemeral.id),
  view_opened: keepViews,
  view_updated: keepViews,
  view_closed: keepViews,
  home: (workspace, { user, view }) => workspace.homes.set(user, view),
  user: (workspace, { user }) => workspace.users.set(user.id, user),
  group: (workspace, { group }) => workspace.groups.set(group.id, group),
  channel: (workspace, { channel }) => workspace.channels.set(channel.id, channel),
  clock: (workspace, { clock }) => workspace.keepClock(clock),
  fault: (workspace, { faults }) => {
    workspace.faults = faults;
  },
  app: (workspace, { app }) => {
    // Deliveries tell of their own half only.
    workspace.app = { ...workspace.app, ...app };
  },
  delivery: (workspace, event) => {
    workspace.deliveries = [event, ...workspace.deliveries].slice(0, KEPT_DELIVERIES);
  },
};
