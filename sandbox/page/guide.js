// The guide through the tour: says the next step, points at its place, and does it where one asks for that.

import { act, letTimePass } from "./api.js";
import { Coach } from "./coach.js";
import { STAGE } from "./facts.js";
import { Pointer, offeredButton } from "./pointer.js";
import { Progress } from "./progress.js";
import { END } from "./tour.js";

const PAUSE_MS = 700;
const PATIENCE_MS = 15_000;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const pause = () => new Promise((resolve) => setTimeout(resolve, CALM.matches ? 0 : PAUSE_MS));

export class Guide {
  #key = "";
  #moved = null;
  #doing = false;
  #pointer = new Pointer();

  constructor(node, app) {
    Object.assign(this, { node, app, progress: new Progress(app) });
    this.coach = new Coach(this);
    /** Where the tour stands, as of the last drawing. */
    this.state = this.progress.read();
  }

  /** Begins with the first step, also for somebody who had left. */
  start() {
    this.progress.resume();
    this.write(this.state.part);
    this.app.draw();
  }

  leave() {
    this.progress.leave();
    this.app.draw();
  }

  resume() {
    this.progress.resume();
    this.app.draw();
  }

  again() {
    this.progress.again();
    this.app.draw();
  }

  breakIt() {
    this.app.place.showSystem(true, "break");
  }

  /** Puts the keyboard on what the tour offers. */
  focus() {
    this.coach.focus();
  }

  /** Puts the words of a part where they belong, as who has to say them; whoever reads on sends them. */
  write(part) {
    const { app } = this;
    if (part.send) {
      app.place.go(STAGE);
      app.systems.send();
      return;
    }
    this.#stand(part);
    if (part.skip) app.tell(letTimePass(part.skip.seconds), part.skip.words);
    if (part.write) app.write(part.write, part.place === "thread");
    if (part.press) app.pointAt(offeredButton(part.press));
  }

  /** Goes where the part plays: to the channel alone on a narrow page, with the thread on a wide one. */
  #stand({ as, place }) {
    const { app } = this;
    const { story } = this.state.facts;
    if (as) app.place.become(as);
    if (app.narrow) app.place.showSystem(false);
    app.place.go(STAGE, place === "channel" && app.narrow ? null : story.root.ts);
  }

  /**
   * Does the step that is due, part by part, each when the one before it has really happened. None is done
   * twice: a command that was sent, its receipt closed, may take a moment to show its card. What has happened
   * counts, not the answer to what was sent, which may come later.
   */
  async doIt() {
    if (this.#doing) return;
    this.#doing = true;
    this.app.draw();
    const { step } = this.state;
    const performed = new Set();
    while (this.state.step === step) {
      const { part } = this.state;
      const moved = this.#until(this.#keyNow());
      if (!performed.has(part.id)) await Promise.race([this.#perform(part), moved]);
      performed.add(part.id);
      // What came of skipped time is for people to look at first.
      if (!(await moved) || part.skip) break;
    }
    this.#doing = false;
    this.app.draw();
  }

  async #perform(part) {
    const { app } = this;
    if (part.send || part.skip) {
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

  /** The coach is in its own place, or in the dialog where the step is done: that shuts out all else. */
  render() {
    this.state = this.progress.read();
    const key = this.#keyNow();
    if (key !== this.#key) {
      this.#key = key;
      this.#moved?.();
      this.#moved = null;
    }
    const { part } = this.state;
    const { left } = this.progress;
    const inDialog = this.app.modal.node.open && (part?.fill || part?.close) && !left;
    const host = inDialog ? this.app.modal.guest : this.node;
    if (this.coach.node.parentElement !== host) host.append(this.coach.node);
    this.coach.show(this.state, { key, left, doing: this.#doing, encore: this.#encore });
    this.#pointer.show(left ? null : this.state, this.app.place.me);
  }

  get #encore() {
    const { encore } = END;
    if (!this.app.systems.panels.some(({ id }) => id === encore.needs)) return null;
    return { ...encore, write: encore.write(this.state.facts.slash) };
  }
}
