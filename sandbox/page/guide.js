// The guide through the tour: says the next step, points at its place, and does it where one asks for that.

import { act } from "./api.js";
import { fill, h } from "./dom.js";
import { STAGE } from "./facts.js";
import { icon } from "./icons.js";
import { Pointer, offeredButton } from "./pointer.js";
import { Progress } from "./progress.js";
import { END, STEPS } from "./tour.js";

const PAUSE_MS = 700;
const PATIENCE_MS = 15_000;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const pause = () => new Promise((resolve) => setTimeout(resolve, CALM.matches ? 0 : PAUSE_MS));

export class Guide {
  #mark = "";
  #key = "";
  #moved = null;
  #doing = false;
  #pointer = new Pointer();

  constructor(node, app) {
    Object.assign(this, { node, app, progress: new Progress(app) });
    this.words = h("div", { class: "guide-words" });
    this.spoken = h("p", { class: "for-ears", role: "status" });
    this.coach = h("section", { class: "guide", "aria-label": "The tour" }, this.words, this.spoken);
    node.append(this.coach);
  }

  get state() {
    return this.progress.state;
  }

  /** Begins with the first step, also for somebody who had left. */
  start() {
    this.progress.resume();
    this.write(this.state.part);
    this.app.draw();
  }

  /** Puts the keyboard on what the tour offers. */
  focus() {
    this.#focusable("do").focus({ focusVisible: true });
  }

  // -- doing

  /** Puts the words of a part where they belong, as who has to say them; whoever reads on sends them. */
  write(part) {
    const { app } = this;
    if (part.send) {
      app.place.go(STAGE);
      app.systems.send();
      return;
    }
    this.#stand(part);
    if (part.write) app.write(part.write, part.place === "thread");
    if (part.press) app.pointAt(offeredButton(part.press));
  }

  /** Goes where the part plays. The channel alone on a narrow page; the thread stays beside it on a wide one. */
  #stand({ as, place }) {
    const { app } = this;
    const { story } = this.state.facts;
    if (as) app.place.become(as);
    if (app.narrow) app.place.showSystem(false);
    app.place.go(STAGE, place === "channel" && app.narrow ? null : story.root.ts);
  }

  /**
   * Does the step that is due, part by part, each when the one before it has really happened. None is done twice:
   * a command that was sent, its receipt closed, may take a moment to show its card.
   */
  async doIt() {
    if (this.#doing) return;
    this.#doing = true;
    this.app.draw();
    const { step } = this.state;
    const performed = new Set();
    while (this.state.step === step) {
      const key = this.#keyNow();
      const { part } = this.state;
      if (!performed.has(part.id)) await this.#perform(part);
      performed.add(part.id);
      if (!(await this.#until(key))) break;
    }
    this.#doing = false;
    this.app.draw();
  }

  async #perform(part) {
    const { app } = this;
    if (part.send) {
      this.write(part);
      return;
    }
    if (part.close || part.fill) {
      app.place.become(part.as);
      app.drawNow();
      await pause();
      if (part.close) await app.modal.close();
      else await app.modal.submit(part.fill);
      return;
    }
    this.write(part);
    await pause();
    if (part.write) await app.composerOf(part.place === "thread").send();
    else await this.#press(part);
  }

  #press({ as, press }) {
    const [button] = press.blocks.find((block) => block.type === "actions").elements;
    const fields = { ephemeral: press.id, action_id: button.action_id, value: button.value };
    return this.app.tell(act(as, "click", fields), "The button");
  }

  #keyNow() {
    const { step, part } = this.state;
    return `${step?.id ?? "end"}/${part?.id ?? ""}`;
  }

  /** True once the tour stands elsewhere than at `key`; false when that does not happen in good time. */
  #until(key) {
    if (this.#keyNow() !== key) return Promise.resolve(true);
    return new Promise((resolve) => {
      const late = setTimeout(() => resolve(false), PATIENCE_MS);
      this.#moved = () => {
        clearTimeout(late);
        resolve(true);
      };
    });
  }

  // -- showing

  render() {
    const key = this.#keyNow();
    if (key !== this.#key) {
      this.#key = key;
      this.#moved?.();
      this.#moved = null;
    }
    const { part } = this.state;
    const inDialog = this.app.modal.node.open && (part?.fill || part?.close) && !this.progress.left;
    const host = inDialog ? this.app.modal.guest : this.node;
    if (this.coach.parentElement !== host) host.append(this.coach);
    this.#show();
    this.#pointer.show(this.progress.left ? null : this.state, this.app.place.me);
  }

  #show() {
    const { state } = this;
    const { left } = this.progress;
    const said = left ? "" : this.#sentence(state);
    const mark = JSON.stringify([said, this.#key, left, this.#doing, this.app.systems.panels.length]);
    if (mark === this.#mark) return;
    this.#mark = mark;
    const held = this.words.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(this.words, left ? this.#away(state) : state.step ? this.#step(state) : this.#end());
    if (held) (this.#focusable(held) ?? this.#focusable("do"))?.focus();
    if (this.spoken.textContent !== said) fill(this.spoken, said);
  }

  #focusable = (name) => this.words.querySelector(`[data-focus="${name}"]`);

  #sentence({ index, step, part, facts }) {
    const before = STEPS[index - 1]?.seen(facts) ?? "";
    if (!step) return `${before} ${END.title}. ${END.say}`;
    return `${before} Step ${index + 1} of ${STEPS.length}: ${step.title}. ${part.say}`.trim();
  }

  #head(index) {
    return h(
      "div",
      { class: "guide-head" },
      h("h2", {}, "The tour"),
      h(
        "span",
        { class: "dots", "aria-hidden": "true" },
        STEPS.map((_, at) => h("i", { class: at < index ? "done" : at === index ? "now" : "" })),
      ),
      h(
        "button",
        {
          type: "button",
          class: "guide-close",
          "aria-label": "Leave the tour",
          title: "Leave the tour; you can take it up again here",
          onclick: () => this.#leave(),
        },
        icon("close"),
      ),
    );
  }

  #step({ index, step, part, facts }) {
    const before = STEPS[index - 1]?.seen(facts);
    return [
      this.#head(index),
      before && h("p", { class: "guide-seen" }, icon("check"), before),
      h("h3", {}, `${index + 1}. ${step.title}`),
      h("p", { class: "guide-say" }, part.say),
      part.write && this.suggestion(part),
      h(
        "div",
        { class: "row" },
        h(
          "button",
          {
            type: "button",
            class: "button primary small",
            "aria-busy": this.#doing ? "true" : null,
            data: { focus: "do" },
            onclick: () => this.doIt(),
          },
          icon("run"),
          part.send ?? "Do it for me",
        ),
      ),
    ];
  }

  #end() {
    const before = STEPS.at(-1).seen(this.state.facts);
    return [
      this.#head(STEPS.length),
      h("p", { class: "guide-seen" }, icon("check"), before),
      h("h3", {}, END.title),
      h("p", { class: "guide-say" }, END.say),
      this.app.systems.panels.some(({ id }) => id === END.encore.needs) && this.suggestion(END.encore),
      h(
        "div",
        { class: "row" },
        this.#button("Now break it", "primary", () => this.app.place.showSystem(true, "break")),
        this.#button("Play it again", "", () => this.#again()),
      ),
    ];
  }

  #away({ index, step }) {
    const words = step
      ? index
        ? `Go on with the tour, step ${index + 1} of ${STEPS.length}`
        : "Take the tour: three minutes"
      : "Play the tour again";
    return h(
      "div",
      { class: "row" },
      this.#button(words, "wide", () => (step ? this.#resume() : this.#again())),
    );
  }

  #button = (words, style, onclick) =>
    h("button", { type: "button", class: `button small ${style}`, data: { focus: "do" }, onclick }, words);

  #leave() {
    this.progress.leave();
    this.app.draw();
  }

  #resume() {
    this.progress.resume();
    this.app.draw();
  }

  #again() {
    this.progress.again();
    this.app.draw();
  }

  /** The words of a part as a button that writes them, without sending, into the right box as the right person. */
  suggestion(part) {
    const person = this.app.workspace.users.get(part.as);
    return h(
      "button",
      {
        type: "button",
        class: "suggestion",
        data: { focus: "words" },
        title: person ? `Writes this as ${person.real_name}; you send it` : null,
        onclick: () => this.write(part),
      },
      person && h("span", { class: "suggestion-who" }, person.real_name.split(" ")[0]),
      h("span", { class: "suggestion-text" }, part.write),
    );
  }

  /** The whole way, where a channel is still empty. */
  list() {
    const { index } = this.state;
    return h(
      "ol",
      { class: "steps" },
      STEPS.map((step, at) =>
        h(
          "li",
          {
            class: `step ${at < index ? "done" : at === index ? "now" : ""}`,
            "aria-current": at === index ? "step" : null,
          },
          h("span", { class: "step-mark" }, at < index ? icon("check", "done") : at + 1),
          h("strong", {}, step.title),
          h("p", {}, step.note),
        ),
      ),
    );
  }
}
