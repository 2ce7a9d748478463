// How far the tour has come: from what is so, and from the little that this browser remembers of it.

import { slash, storyOf, threadFrom } from "./facts.js";
import { STEPS } from "./tour.js";

const KEPT = "countersign.tour";
const FRESH = { left: false, thread: null, notBefore: 0 };

export class Progress {
  #kept = { ...FRESH, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };

  constructor(app) {
    this.app = app;
  }

  #keep(change) {
    this.#kept = { ...this.#kept, ...change };
    localStorage.setItem(KEPT, JSON.stringify(this.#kept));
  }

  get left() {
    return this.#kept.left;
  }

  leave() {
    this.#keep({ left: true });
  }

  resume() {
    this.#keep({ left: false });
  }

  /** From the beginning, with an alert that is still to come. */
  again() {
    this.#keep({ ...FRESH, notBefore: this.app.workspace.newest });
  }

  /** The facts of the alert that the tour is about: it stays with its first one, whatever comes in later. */
  #facts() {
    const { workspace } = this.app;
    // Another run of the workspace, whose clock may even be behind: nothing that is remembered is in it.
    if (workspace.run && workspace.run !== this.#kept.run)
      this.#keep({ ...FRESH, left: this.#kept.left, run: workspace.run });
    const { thread: ts, notBefore } = this.#kept;
    const thread = threadFrom(workspace, ts, notBefore);
    if (thread && thread.root.ts !== ts) this.#keep({ thread: thread.root.ts });
    return {
      story: storyOf(thread, this.app),
      moves: workspace.clock.moves,
      slash: (name) => slash(workspace, name),
      open: (person) => ({ view: workspace.views.get(person)?.at(-1) }),
    };
  }

  /** {facts, index, step, part}: a step is over when it is done, or when a later one is. */
  read() {
    const facts = this.#facts();
    const last = facts.story ? STEPS.findLastIndex((step) => step.done(facts)) : -1;
    const index = last + 1;
    return { facts, index, step: STEPS[index] ?? null, part: STEPS[index]?.part(facts) ?? null };
  }
}
