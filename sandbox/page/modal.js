// Modals: the view on top of a person's stack, with its inputs, the errors beside them, submit and close.
// https://docs.slack.dev/surfaces/modals

import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { choices, chosenIn, picker, select } from "./elements.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { failed } from "./toast.js";

const IN_THE_FORM = ["invalid_form", "dispatch_failed", "operation_timeout"];
const TEXT_TYPES = { number_input: "number", email_text_input: "email", url_text_input: "url" };

export class Modal {
  #values = new Map();
  #mark = "";
  #errors = "{}";
  #closing = null;

  constructor(app) {
    this.app = app;
    this.node = h("dialog", { class: "dialog view", "aria-labelledby": "view-title" });
    this.node.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    /** What must stay in reach while all else is shut out: the guide. */
    this.guest = h("div", { class: "dialog-guest" });
    document.body.append(this.node);
  }

  get view() {
    return this.app.workspace.views.get(this.app.place.me)?.at(-1);
  }

  /** Follows the stack of the person at the keyboard; typed values outlive an update of the same view. */
  render() {
    const { view } = this;
    const mark = view ? JSON.stringify([view.id, view.hash, view.blocks]) : "";
    if (mark === this.#mark) {
      if (view) this.#showErrors(view.errors ?? {});
      return;
    }
    const another = view?.id !== this.shown?.id;
    this.#mark = mark;
    this.shown = view;
    if (!view) {
      this.node.close();
      return;
    }
    if (another) this.#values = new Map();
    this.#build(view);
    this.#errors = "{}";
    this.#showErrors(view.errors ?? {});
    if (!this.node.open) this.node.showModal();
    const first = this.node.querySelector("[data-first]") ?? this.node.querySelector("textarea, input, select");
    if (another) first?.focus();
  }

  #build(view) {
    const { names } = this.app;
    const context = {
      names,
      input: (block) => this.#input(block),
      click: (fields) => this.#click(view, fields),
    };
    const inputs = view.blocks.some((block) => block.type === "input");
    this.trouble = h("p", { class: "error trouble", role: "alert", hidden: true });
    this.submitButton = h(
      "button",
      { type: "submit", class: "button primary" },
      textObject(view.submit ?? "Submit", names),
    );
    fill(
      this.node,
      h(
        "form",
        {
          novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            this.#submit(view);
          },
        },
        h(
          "header",
          { class: "dialog-head" },
          h("h2", { id: "view-title" }, textObject(view.title, names)),
          h(
            "button",
            { type: "button", class: "quiet", "aria-label": "Close", onclick: () => this.close() },
            icon("close"),
          ),
        ),
        h("div", { class: "dialog-body view-body" }, blocks(view.blocks, context)),
        this.trouble,
        h(
          "footer",
          { class: "dialog-foot" },
          h(
            "button",
            { type: "button", class: "button", onclick: () => this.close() },
            textObject(view.close ?? "Cancel", names),
          ),
          (view.submit || inputs) && this.submitButton,
        ),
      ),
      this.guest,
    );
  }

  #click(view, fields) {
    return this.app.tell(
      act(this.app.place.me, "click", { view_id: view.id, values: this.#collect(view), ...fields }),
      "The button",
    );
  }

  /** An input block: label, field, hint and the place for an error, tied together for readers. */
  #input(block) {
    const { names } = this.app;
    const id = `input-${block.block_id}`;
    const key = `${block.block_id}\n${block.element.action_id}`;
    const keep = (value) => {
      this.#values.set(key, value);
      if (block.dispatch_action)
        this.#click(this.view, { block_id: block.block_id, action_id: block.element.action_id, value });
    };
    const grouped = ["checkboxes", "radio_buttons"].includes(block.element.type);
    const field = this.#field(block.element, this.#values.get(key), keep);
    field.id = id;
    field.setAttribute("aria-describedby", `${id}-hint ${id}-error`);
    field.dataset.focus = id;
    if (block.element.focus_on_load) field.dataset.first = "yes";
    if (grouped) field.setAttribute("aria-labelledby", `${id}-label`);
    if (!block.optional && !grouped) field.setAttribute("aria-required", "true");
    return h(
      "div",
      { class: "input", data: { block: block.block_id } },
      h(
        grouped ? "div" : "label",
        { class: "label", id: `${id}-label`, for: grouped ? null : id },
        textObject(block.label, names),
        block.optional && h("span", { class: "optional" }, "optional"),
      ),
      field,
      h("p", { class: "error", id: `${id}-error`, role: "alert", hidden: true }),
      h("p", { class: "field-hint", id: `${id}-hint`, hidden: !block.hint }, textObject(block.hint, names)),
    );
  }

  #field(element, value, keep) {
    const { names } = this.app;
    if (element.type === "plain_text_input" || element.type in TEXT_TYPES)
      return this.#text(element, value, keep);
    if (element.type === "checkboxes" || element.type === "radio_buttons") {
      return choices(element, names, keep, ...(value === undefined ? [] : [[value].flat()]));
    }
    if (element.type.endsWith("_select")) {
      const node = select(element, names, ...(value === undefined ? [] : [[value].flat()]));
      node.addEventListener("change", () => keep(chosenIn(node, element.type.startsWith("multi_"))));
      return node;
    }
    if (["datepicker", "timepicker", "datetimepicker"].includes(element.type)) {
      const node = picker(element, value);
      node.addEventListener("change", () => keep(node.value));
      return node;
    }
    return h("p", { class: "unknown" }, `“${element.type}” is not shown here.`);
  }

  #text(element, value, keep) {
    const common = {
      class: "field",
      placeholder: element.placeholder?.text,
      maxlength: element.max_length,
      value: value ?? element.initial_value ?? "",
      oninput: ({ target }) => keep(target.value),
    };
    return element.multiline
      ? h("textarea", { rows: 4, ...common })
      : h("input", { type: TEXT_TYPES[element.type] ?? "text", ...common });
  }

  /** Every input counts as filled in with what it starts with. */
  #collect(view) {
    const values = {};
    for (const block of view.blocks.filter((each) => each.type === "input")) {
      const { element } = block;
      const held = this.#values.get(`${block.block_id}\n${element.action_id}`);
      values[block.block_id] = { [element.action_id]: held ?? startsWith(element) };
    }
    return values;
  }

  /** Fills in fields, by block, as if they had been typed, and submits. */
  submit(values) {
    const { view } = this;
    for (const { block_id: block, element } of view.blocks.filter((each) => each.block_id in values))
      this.#values.set(`${block}\n${element.action_id}`, values[block]);
    this.#build(view);
    return this.#submit(view);
  }

  async #submit(view) {
    const values = this.#collect(view);
    this.submitButton.setAttribute("aria-busy", "true");
    await this.app.tell(
      act(this.app.place.me, "submit", { view_id: view.id, values }),
      "The form",
      refusedForm,
    );
    this.submitButton.removeAttribute("aria-busy");
  }

  /** Shows each error beside its field and puts the keyboard into the first of them. */
  #showErrors(errors) {
    const mark = JSON.stringify(errors);
    if (mark === this.#errors) return;
    this.#errors = mark;
    say(this.trouble, errors[""]);
    for (const input of this.node.querySelectorAll(".input")) {
      const text = errors[input.dataset.block];
      say(input.querySelector(".error"), text);
      input.classList.toggle("wrong", Boolean(text));
      input
        .querySelector("[id^=input-]:not(.label):not(p)")
        ?.setAttribute("aria-invalid", String(Boolean(text)));
    }
    const first = this.node.querySelector(".input.wrong");
    first?.querySelector("textarea, input, select")?.focus();
  }

  /** Closes what is shown, once; another view may be closed before this one's answer has come. */
  async close() {
    const { view } = this;
    if (!view || this.#closing === view.id) return;
    this.#closing = view.id;
    await this.app.tell(act(this.app.place.me, "close", { view_id: view.id }), "Closing");
    if (this.#closing === view.id) this.#closing = null;
  }
}

function say(note, text = "") {
  fill(note, text && [icon("warn"), text]);
  note.hidden = !text;
}

// What is wrong with the form is said in the form.
const refusedForm = (what, code, sentence) => !IN_THE_FORM.includes(code) && failed(what, code, sentence);

function startsWith(element) {
  const one =
    element.initial_value ??
    element.initial_option?.value ??
    element.initial_user ??
    element.initial_date ??
    element.initial_time;
  return one ?? element.initial_options?.map((option) => option.value) ?? element.initial_users ?? null;
}
