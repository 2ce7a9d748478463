// The page: puts its parts together and draws them again when the workspace, the place or the person changes.

import { Unreachable, act } from "./api.js";
import { Bar } from "./bar.js";
import { BreakIt } from "./breakit.js";
import { Channel } from "./channel.js";
import { Clock } from "./clock.js";
import { Connection } from "./connection.js";
import { Deliveries } from "./deliveries.js";
import { STAGE } from "./facts.js";
import { Guide } from "./guide.js";
import { Home } from "./home.js";
import { icon, logo } from "./icons.js";
import { listenForKeys } from "./keys.js";
import { closeMenus } from "./menu.js";
import { Modal } from "./modal.js";
import { Monitor } from "./monitor.js";
import { PanelList } from "./panels.js";
import { PeopleSwitcher } from "./people.js";
import { Place, address } from "./place.js";
import { Channels } from "./rail.js";
import { Workspace } from "./state.js";
import { Systems } from "./systems.js";
import { Tabs } from "./tabs.js";
import { Thread } from "./thread.js";
import { failed, toast } from "./toast.js";

const PERMALINK = /\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})/;
const NARROW = matchMedia("(max-width: 760px)");
const TIMES_AGE_MS = 30_000;
const PANE = [
  { id: "systems", words: "Systems", panel: "systems" },
  { id: "break", words: "Break it", panel: "break-it" },
];
const part = (id) => document.getElementById(id);

class App {
  workspace = new Workspace();
  place = new Place();
  editing = null;
  #drawing = false;

  constructor() {
    this.systems = new Systems(this);
    this.people = new PeopleSwitcher(part("people"), this.workspace, this.place);
    this.channels = new Channels(part("channels"), this);
    this.channel = new Channel(part("channel"), this);
    this.home = new Home(part("home"), this);
    this.connection = new Connection();
    this.thread = new Thread(part("thread"), this);
    this.clock = new Clock(part("clock"), this);
    this.monitor = new Monitor(part("monitor"), this.systems);
    this.panels = new PanelList(part("panels"), this);
    this.breakIt = new BreakIt(part("experiments"), this);
    this.deliveries = new Deliveries(part("deliveries"), this);
    this.tabs = new Tabs(part("system-tabs"), "The pane", PANE, (tab) => this.place.showSystem(true, tab));
    this.modal = new Modal(this);
    this.guide = new Guide(part("tour"), this);
    this.bar = new Bar(part("bar"), this);
    part("brand").prepend(logo());
    part("system-close").append(icon("close"));
    part("system-close").addEventListener("click", () => this.#closeSystem());
    part("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.composerOf(Boolean(this.place.thread)).box.focus();
    });
    this.workspace.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.place.addEventListener("change", () => this.draw());
    this.systems.addEventListener("change", () => this.draw());
    NARROW.addEventListener("change", () => this.draw());
    document.addEventListener("visibilitychange", () => this.draw());
    document.addEventListener("click", closeMenus);
    listenForKeys(this);
    part("system").addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.#closeSystem();
    });
    setInterval(() => this.draw(), TIMES_AGE_MS);
    // Nothing else is known yet.
    this.connection.show(this.workspace.connection, this.channel.line);
    this.workspace.start();
  }

  get narrow() {
    return NARROW.matches;
  }

  /** What ids stand for, as the renderers of text need it. */
  get names() {
    const { workspace, place } = this;
    return {
      me: place.me,
      workspace,
      user: (id) => workspace.users.get(id),
      channel: (id) => workspace.channels.get(id),
      group: (id) => workspace.groups.get(id),
      permalink: (url) => this.#permalink(url),
    };
  }

  /** A link to a message of this workspace opens here, in its thread. */
  #permalink(url) {
    const found = PERMALINK.exec(url);
    if (!found || !this.workspace.channels.has(found[1])) return null;
    const root = new URL(url).searchParams.get("thread_ts");
    return address(found[1], root ?? `${found[2]}.${found[3]}`);
  }

  visibleChannels() {
    const all = [...this.workspace.channels.values()];
    return all.filter((channel) => !channel.members || channel.members.includes(this.place.me));
  }

  channelName(channel) {
    if (!channel) return "";
    if (channel.is_im) return "Countersign, directly";
    return `#${channel.name}`;
  }

  /** Waits for an answer of the server; a refusal is shown, by `refused` where the caller knows better words. */
  async tell(promise, what, refused = failed) {
    try {
      const answer = await promise;
      if (answer.ok !== false) return answer;
      refused(what, answer.error ?? answer.body?.error ?? `status ${answer.status}`, answer.message);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      toast(`${what} was not sent`, error.message);
    }
    return null;
  }

  edit(editing) {
    this.editing = editing;
    this.draw();
    if (!editing) this.composerOf(Boolean(this.place.thread)).box.focus();
  }

  /** ↑ in an empty box: the last message that the person wrote in that place. */
  editLast({ channel, thread }) {
    const list = thread ? this.workspace.replies(channel, thread) : this.workspace.inChannel(channel);
    const own = list.filter((message) => message.user === this.place.me && !message.deleted).at(-1);
    if (own) this.edit({ channel, ts: own.ts, inThread: Boolean(thread) });
  }

  dismiss(id) {
    return this.tell(act(this.place.me, "dismiss", { ephemeral: id }), "Dismissing");
  }

  openThread(channel, ts) {
    this.place.go(channel, ts);
    this.draw();
    this.thread.composer.box.focus();
  }

  composerOf(inThread) {
    return (inThread ? this.thread : this.channel).composer;
  }

  write(text, inThread) {
    this.drawNow();
    this.composerOf(inThread).write(text);
  }

  /** Puts the keyboard on what a selector names. */
  pointAt(selector) {
    this.drawNow();
    document.querySelector(selector)?.focus({ focusVisible: true });
  }

  /** Puts the pane away; the keyboard goes to the button that brings it back. */
  #closeSystem() {
    this.place.showSystem(false);
    this.pointAt(".pane-switch");
  }

  #changed({ kind }) {
    if (kind === "all") {
      this.channels.adopt();
      this.systems.refresh();
    }
    this.draw();
  }

  /** Behind which tabs something is broken just now. */
  get #marked() {
    const { app, faults } = this.workspace;
    const broken = faults.length || app.store?.frozen || (app.bot && !app.bot.running);
    const misbehaves = this.systems.panels.some((panel) => !panel.switches && panel.faults.some((fault) => fault.on));
    return [broken && "break", misbehaves && "systems"].filter(Boolean);
  }

  /** One drawing for all that happens at once. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => this.drawNow());
  }

  drawNow() {
    this.#drawing = false;
    const { place, workspace } = this;
    if (workspace.channels.size && !this.visibleChannels().some((channel) => channel.id === place.channel))
      place.go(STAGE);
    // An address may be older than the workspace: a thread that is not in it is not shown empty.
    if (place.thread && workspace.channels.size && !workspace.message(place.channel, place.thread))
      place.go(place.channel);
    const talk = place.home ? "home" : place.thread ? "thread" : "channel";
    const shown = this.narrow && place.systemOpen ? "system" : talk;
    part("app").dataset.shown = shown;
    part("app").classList.toggle("with-thread", Boolean(place.thread));
    part("app").classList.toggle("with-system", place.systemOpen);
    part("system").hidden = !place.systemOpen;
    this.people.render();
    this.channels.render();
    part("channel").hidden = place.appHome;
    this.channel.render();
    this.home.render();
    this.connection.show(workspace.connection, (place.appHome ? this.home : this.channel).line);
    this.thread.render();
    this.clock.render();
    this.monitor.render();
    this.panels.render();
    this.breakIt.render();
    this.deliveries.render();
    this.tabs.render(place.tab, this.#marked);
    this.bar.render(shown, this.#marked);
    this.modal.render();
    this.guide.render();
  }
}

new App();
