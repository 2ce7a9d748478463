// Interactive elements of Block Kit: buttons, menus, pickers. What they do is told to `context.click`.
// https://docs.slack.dev/reference/block-kit/block-elements

import { ask } from "./ask.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { asTyped, textObject } from "./mrkdwn.js";
import { humans } from "./people.js";

/** Asks what the element wants asked before it acts; true at once when it asks for nothing. */
async function confirmed(confirm, names) {
  if (!confirm) return true;
  const words = (object) => textObject(object, names);
  return ask({
    title: words(confirm.title),
    body: words(confirm.text),
    yes: words(confirm.confirm),
    no: words(confirm.deny),
    danger: confirm.style === "danger",
  });
}

/** Runs one interaction and shows on its element that it is under way. */
async function run(node, element, block, context, chosen) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (!(await confirmed(element.confirm, context.names))) return;
  node.setAttribute("aria-busy", "true");
  try {
    await context.click({ action_id: element.action_id, block_id: block.block_id, ...chosen });
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function button(element, block, context) {
  const style = { primary: "primary", danger: "danger" }[element.style] ?? "";
  const node = h(
    "button",
    {
      type: "button",
      class: `button ${style}`,
      "aria-label": element.accessibility_label,
      data: { focus: `${block.block_id}/${element.action_id}` },
      onclick: () => {
        if (element.url) open(element.url, "_blank", "noopener,noreferrer");
        return run(node, element, block, context, { value: element.value });
      },
    },
    textObject(element.text, context.names),
    element.url && icon("forward"),
  );
  return node;
}

function overflow(element, block, context) {
  const node = menu(
    {
      class: "button icon-only",
      "aria-label": "More",
      data: { focus: `${block.block_id}/${element.action_id}` },
    },
    element.options.map((option) => ({
      words: textObject(option.text, context.names),
      action: () => {
        if (option.url) open(option.url, "_blank", "noopener,noreferrer");
        return run(node, element, block, context, { selected: option.value });
      },
    })),
  );
  return node;
}

const label = (option, names) => asTyped(option.text.text, names);

function optionNode(option, chosen, names) {
  return h("option", { value: option.value, selected: chosen.includes(option.value) }, label(option, names));
}

/** Menus of people, groups and channels get the workspace's own lists. */
function optionsOf(element, names) {
  const made = (value, text) => ({ value, text: { type: "plain_text", text } });
  const { workspace } = names;
  if (element.type.includes("users_select"))
    return humans(workspace).map((user) => made(user.id, user.real_name));
  if (/(channels|conversations)_select/.test(element.type)) {
    return [...workspace.channels.values()].map((channel) => made(channel.id, `#${channel.name}`));
  }
  return element.options ?? [];
}

function initialOf(element) {
  const many =
    element.initial_options?.map((option) => option.value) ??
    element.initial_users ??
    element.initial_conversations ??
    element.initial_channels;
  const one =
    element.initial_option?.value ??
    element.initial_user ??
    element.initial_conversation ??
    element.initial_channel;
  return many ?? (one ? [one] : []);
}

/** A `<select>`: the browser's own, because it works with every keyboard, reader and phone. */
export function select(element, names, chosen = initialOf(element)) {
  const multiple = element.type.startsWith("multi_");
  const groups = element.option_groups;
  return h(
    "select",
    { multiple, class: "field", "aria-label": element.placeholder?.text },
    !multiple && h("option", { value: "", selected: !chosen.length }, element.placeholder?.text ?? "Choose…"),
    groups
      ? groups.map((group) =>
          h(
            "optgroup",
            { label: label({ text: group.label }, names) },
            group.options.map((option) => optionNode(option, chosen, names)),
          ),
        )
      : optionsOf(element, names).map((option) => optionNode(option, chosen, names)),
  );
}

export const chosenIn = (node, multiple) =>
  multiple ? [...node.selectedOptions].map((option) => option.value) : node.value || null;

function dropdown(element, block, context) {
  const node = select(element, context.names);
  node.dataset.focus = `${block.block_id}/${element.action_id}`;
  const multiple = element.type.startsWith("multi_");
  node.addEventListener("change", () =>
    run(node, element, block, context, { selected: chosenIn(node, multiple) }),
  );
  return node;
}

/** Check boxes or radio buttons; `onchange` gets the chosen values, a list or one. */
export function choices(element, names, onchange, chosen = initialOf(element)) {
  const radio = element.type === "radio_buttons";
  const name = `choice-${crypto.randomUUID()}`;
  const box = h(
    "div",
    { class: "choices", role: radio ? "radiogroup" : "group" },
    element.options.map((option) =>
      h(
        "label",
        { class: "choice" },
        h("input", {
          type: radio ? "radio" : "checkbox",
          name,
          value: option.value,
          checked: chosen.includes(option.value),
        }),
        h(
          "span",
          {},
          textObject(option.text, names),
          option.description && h("small", {}, textObject(option.description, names)),
        ),
      ),
    ),
  );
  box.addEventListener("change", () => {
    const values = [...box.querySelectorAll("input:checked")].map((input) => input.value);
    onchange(radio ? (values[0] ?? null) : values);
  });
  return box;
}

const PICKERS = {
  datepicker: ["date", "initial_date"],
  timepicker: ["time", "initial_time"],
  datetimepicker: ["datetime-local", ""],
};

/** A date or time field of the browser. */
export function picker(element, value = element[PICKERS[element.type][1]] ?? "") {
  return h("input", { type: PICKERS[element.type][0], class: "field", value });
}

/** Any element that may stand in an actions block or beside a section. */
export function interactive(element, block, context) {
  if (element.type === "button" || element.type === "workflow_button") return button(element, block, context);
  if (element.type === "overflow") return overflow(element, block, context);
  if (element.type.endsWith("_select")) return dropdown(element, block, context);
  if (element.type === "checkboxes" || element.type === "radio_buttons") {
    const node = choices(element, context.names, (selected) =>
      run(node, element, block, context, { selected }),
    );
    return node;
  }
  if (element.type in PICKERS) {
    const node = picker(element);
    node.addEventListener("change", () => run(node, element, block, context, { selected: node.value }));
    return node;
  }
  return null;
}
