// Points at the place where the next step of the tour is done: a ring, on the first place that can be seen.

const HERE = "tour-here";

export const offeredButton = (whisper) => `[data-key="${CSS.escape(whisper.id)}-private"] .button`;

function targets({ facts: { story }, part }, me) {
  if (part.send) return ["#monitor .button.primary", "#bar [data-to=systems]"];
  if (part.skip) return ["#clock .button", "#bar [data-to=systems]"];
  if (part.close || part.fill) return ["dialog.view[open] .dialog-foot .button:last-of-type"];
  if (part.as !== me) return [`[data-user="${part.as}"]`, "#bar [data-to=home]"];
  if (part.press) return [offeredButton(part.press), "#bar [data-to=channel]"];
  if (part.place === "channel") return ["#channel .composer-frame", "#bar [data-to=channel]"];
  const root = `#channel [data-ts="${CSS.escape(story.root.ts)}"] .reply-bar`;
  return ["#thread .composer-frame", root, "#bar [data-to=channel]"];
}

export class Pointer {
  #pointed = null;

  /** `state` is that of the tour, null where nothing is pointed at; a new place is scrolled to. */
  show(state, me) {
    const wanted = state?.part ? targets(state, me) : [];
    const selector = wanted.find((each) => document.querySelector(each)?.checkVisibility());
    const target = selector ? document.querySelector(selector) : null;
    const watched = state?.part?.look ? document.querySelector(state.part.look) : null;
    for (const node of document.querySelectorAll(`.${HERE}`))
      if (node !== target && node !== watched) node.classList.remove(HERE);
    watched?.classList.add(HERE);
    target?.classList.add(HERE);
    const place = target && `${state.step.id} ${selector}`;
    if (place && place !== this.#pointed) target.scrollIntoView({ block: "nearest" });
    this.#pointed = place;
  }
}
