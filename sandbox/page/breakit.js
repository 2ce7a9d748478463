// The second half of the pane: experiments that break something, and what became of them.

import { EXPERIMENTS } from "./experiments.js";
import { fill, h, reconcile } from "./dom.js";
import { icon } from "./icons.js";

export class BreakIt {
  /** When and on what each experiment that was begun stands. */
  #begun = new Map();

  constructor(node, app) {
    Object.assign(this, { node, app });
    this.cards = new Map(EXPERIMENTS.map((experiment) => [experiment.id, this.#card(experiment)]));
  }

  #card(experiment) {
    const happened = h("p", { class: "happened", role: "status", hidden: true });
    const buttons = experiment.actions.map((action) => ({
      action,
      node: h(
        "button",
        {
          type: "button",
          class: `button small ${action.danger ? "danger" : ""}`,
          onclick: ({ currentTarget }) => this.#run(experiment, action, currentTarget),
        },
        action.icon && icon(action.icon),
        action.label,
      ),
    }));
    const node = h(
      "article",
      { class: "experiment", "aria-labelledby": `experiment-${experiment.id}` },
      h("h3", { id: `experiment-${experiment.id}` }, experiment.title),
      h("p", { class: "expected" }, experiment.expect),
      h(
        "div",
        { class: "row" },
        buttons.map((button) => button.node),
      ),
      happened,
    );
    return { node, happened, buttons };
  }

  /** An action begins its experiment anew, unless it goes on with one that has begun. */
  async #run(experiment, action, button) {
    if (button.getAttribute("aria-busy") === "true") return;
    const { seq, newest: at } = this.app.workspace;
    const began = { seq, at };
    if (!action.goesOn) {
      this.#close(experiment, began);
      this.#begun.set(experiment.id, { ...began, underWay: true });
    }
    button.setAttribute("aria-busy", "true");
    const result = await action.run(this.app);
    button.removeAttribute("aria-busy");
    if (!action.goesOn) {
      if (result) this.#begun.set(experiment.id, { ...began, ...result });
      else this.#begun.delete(experiment.id);
    }
    this.app.draw();
  }

  /** The others that are over: what comes from now on is not of their doing. */
  #close(begins, began) {
    for (const other of EXPERIMENTS) {
      const since = this.#begun.get(other.id);
      if (since && other !== begins && (other.over?.(this.app) ?? true)) since.until ??= began;
    }
  }

  render() {
    const shown = EXPERIMENTS.filter((experiment) => experiment.needs?.(this.app) ?? true);
    reconcile(
      this.node,
      shown.map(({ id }) => ({ key: id, mark: "", build: () => this.cards.get(id).node })),
    );
    for (const experiment of shown) this.#update(experiment);
  }

  #update(experiment) {
    const { happened, buttons } = this.cards.get(experiment.id);
    const since = this.#begun.get(experiment.id);
    for (const { node, action } of buttons) node.disabled = Boolean(action.off?.(this.app, since));
    const sentence = since && !since.underWay ? experiment.happened(this.app, since) : "";
    happened.hidden = !sentence;
    if (happened.textContent !== sentence) fill(happened, sentence);
  }
}
