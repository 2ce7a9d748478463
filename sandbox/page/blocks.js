// Block Kit to nodes: https://docs.slack.dev/reference/block-kit/blocks
// `context` carries `names` (ids to names), `click` (what an interaction does) and, in a modal, `input`.

import { h } from "./dom.js";
import { interactive } from "./elements.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/** The page loads nothing from outside: a foreign picture is its description and a link to it. */
function image(source, className) {
  const file = source.slack_file;
  const url = source.image_url ?? file?.url ?? (file?.id ? `/files-pri/${file.id}/picture` : "");
  const inside = url.startsWith("data:image/") || new URL(url, location.href).origin === location.origin;
  if (inside && url) {
    const drawn = h("img", { class: className, src: url, alt: source.alt_text ?? "", loading: "lazy" });
    // Large ones open by themselves, as in Slack: on a phone they are too small to be read in place.
    return className === "wide" ? h("a", { href: url, target: "_blank", rel: "noopener" }, drawn) : drawn;
  }
  return h("span", { class: `${className} picture`, title: url }, source.alt_text || "picture");
}

function accessory(element, block, context) {
  if (element.type === "image") return image(element, "thumbnail");
  return interactive(element, block, context) ?? unknown(element);
}

const unknown = ({ type }) => h("p", { class: "unknown" }, `“${type}” is not shown here.`);

function table(block, context) {
  const cell = (tag, content, index) => {
    const align = block.column_settings?.[index]?.align ?? "left";
    const wraps = block.column_settings?.[index]?.is_wrapped ?? false;
    const inner =
      content.type === "rich_text" ? richText(content, context.names) : String(content.text ?? "");
    return h(tag, { class: `${align} ${wraps ? "wraps" : ""}`, scope: tag === "th" ? "col" : null }, inner);
  };
  const [head, ...body] = block.rows;
  return h(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((content, index) => cell("th", content, index)),
        ),
      ),
      h(
        "tbody",
        {},
        body.map((row) =>
          h(
            "tr",
            {},
            row.map((content, index) => cell("td", content, index)),
          ),
        ),
      ),
    ),
  );
}

const BLOCKS = {
  header: (block, { names }) => h("h3", { class: "block-header" }, textObject(block.text, names)),
  section: (block, context) =>
    h(
      "div",
      { class: "block-section" },
      h(
        "div",
        { class: "section-main" },
        block.text && h("div", { class: "text" }, textObject(block.text, context.names)),
        block.fields &&
          h(
            "div",
            { class: "fields" },
            block.fields.map((field) => h("div", { class: "text" }, textObject(field, context.names))),
          ),
      ),
      block.accessory && h("div", { class: "accessory" }, accessory(block.accessory, block, context)),
    ),
  context: (block, { names }) =>
    h(
      "div",
      { class: "block-context" },
      block.elements.map((element) =>
        element.type === "image"
          ? image(element, "tiny")
          : h("span", { class: "text" }, textObject(element, names)),
      ),
    ),
  divider: () => h("hr"),
  actions: (block, context) =>
    h(
      "div",
      { class: "block-actions" },
      block.elements.map((element) => interactive(element, block, context) ?? unknown(element)),
    ),
  image: (block, { names }) =>
    h("figure", {}, block.title && h("figcaption", {}, textObject(block.title, names)), image(block, "wide")),
  rich_text: (block, { names }) => h("div", { class: "text rich" }, richText(block, names)),
  markdown: (block, { names }) =>
    h("div", { class: "text" }, mrkdwn(block.text.replaceAll("**", "*"), names)),
  table,
  input: (block, context) => context.input?.(block) ?? unknown(block),
};

/** The nodes of a list of blocks, in order; a type that this page does not know is named, not hidden. */
export const blocks = (list, context) =>
  list.map((block) => BLOCKS[block.type]?.(block, context) ?? unknown(block));
