// What the guide says: the step that is due, what was seen of the one before, and the buttons to go on with.

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { END, STEPS } from "./tour.js";

const seenBefore = ({ index, facts }) => STEPS[index - 1]?.seen(facts) ?? "";

/** For ears: the same in one go. */
function sentence(state) {
  const { index, step, part } = state;
  const now = step
    ? `Step ${index + 1} of ${STEPS.length}: ${part.title ?? step.title}. ${part.say}`
    : `${END.title}. ${END.say}`;
  return `${seenBefore(state)} ${now}`.trim();
}

const button = (words, style, onclick) =>
  h("button", { type: "button", class: `button small ${style}`, data: { focus: "do" }, onclick }, words);

export class Coach {
  #mark = "";

  constructor(guide) {
    this.guide = guide;
    this.words = h("div", { class: "guide-words" });
    this.spoken = h("p", { class: "for-ears", role: "status" });
    this.node = h("section", { class: "guide", "aria-label": "The tour" }, this.words, this.spoken);
  }

  focus() {
    this.#focusable("do")?.focus({ focusVisible: true });
  }

  /** Draws anew only what changed; whoever had the keyboard in it still has it. */
  show(state, { key, left, doing, encore }) {
    const said = left ? "" : sentence(state);
    const mark = JSON.stringify([said, key, left, doing, Boolean(encore)]);
    if (mark === this.#mark) return;
    this.#mark = mark;
    const held = this.words.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(
      this.words,
      left ? this.#away(state) : state.step ? this.#step(state, doing) : this.#end(state, encore),
    );
    if (held) (this.#focusable(held) ?? this.#focusable("do"))?.focus();
    if (this.spoken.textContent !== said) fill(this.spoken, said);
  }

  #focusable = (name) => this.words.querySelector(`[data-focus="${name}"]`);

  #head(state) {
    const before = seenBefore(state);
    const dot = (_, at) => h("i", { class: at < state.index ? "done" : at === state.index ? "now" : "" });
    return [
      h(
        "div",
        { class: "guide-head" },
        h("h2", {}, "The tour"),
        h("span", { class: "dots", "aria-hidden": "true" }, STEPS.map(dot)),
        h(
          "button",
          {
            type: "button",
            class: "guide-close",
            "aria-label": "Leave the tour",
            title: "Leave the tour; you can take it up again here",
            onclick: () => this.guide.leave(),
          },
          icon("close"),
        ),
      ),
      before && h("p", { class: "guide-seen" }, icon("check"), before),
    ];
  }

  #step(state, doing) {
    const { index, step, part } = state;
    return [
      this.#head(state),
      h("h3", {}, `${index + 1}. ${part.title ?? step.title}`),
      h("p", { class: "guide-say" }, part.say),
      part.write && this.#suggestion(part),
      h(
        "div",
        { class: "row" },
        h(
          "button",
          {
            type: "button",
            class: "button primary small",
            "aria-busy": doing ? "true" : null,
            data: { focus: "do" },
            onclick: () => this.guide.doIt(),
          },
          icon("run"),
          part.send ?? part.skip?.words ?? "Do it for me",
        ),
      ),
    ];
  }

  #end(state, encore) {
    return [
      this.#head(state),
      h("h3", {}, END.title),
      h("p", { class: "guide-say" }, END.say),
      encore && this.#suggestion(encore),
      h(
        "div",
        { class: "row" },
        button("Now break it", "primary", () => this.guide.breakIt()),
        button("Play it again", "", () => this.guide.again()),
      ),
    ];
  }

  #away({ index, step }) {
    const goOn = `Go on with the tour, step ${index + 1} of ${STEPS.length}`;
    const words = step ? (index ? goOn : "Take the tour: three minutes") : "Play the tour again";
    return h(
      "div",
      { class: "row" },
      button(words, "wide", () => (step ? this.guide.resume() : this.guide.again())),
    );
  }

  /** The words of a part as a button: it writes them into the right box as the right person, unsent. */
  #suggestion(part) {
    const person = this.guide.app.workspace.users.get(part.as);
    return h(
      "button",
      {
        type: "button",
        class: "suggestion",
        data: { focus: "words" },
        title: person ? `Writes this as ${person.real_name}; you send it` : null,
        onclick: () => this.guide.write(part),
      },
      person && h("span", { class: "suggestion-who" }, person.real_name.split(" ")[0]),
      h("span", { class: "suggestion-text" }, part.write),
    );
  }
}

/** The whole way, where a channel is still empty. */
export const wholeWay = ({ index }) =>
  h(
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
