// rich_text blocks: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from "./dom.js";
import { emoji, withDrawnEmoji } from "./emoji.js";
import { broadcast, channelLink, dateNode, groupMention, link, mention } from "./mrkdwn.js";

const STYLES = [
  ["code", "code"],
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
  ["underline", "u"],
];

function styled(node, style = {}) {
  return STYLES.reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}

const INLINE = {
  text: (element) => withDrawnEmoji(element.text),
  link: (element, names) => link(element.url, element.text || element.url, names),
  user: (element, names) => mention(element.user_id, names),
  usergroup: (element, names) => groupMention(element.usergroup_id, names),
  channel: (element, names) => channelLink(element.channel_id, names),
  broadcast: (element) => broadcast(element.range),
  emoji: (element) => emoji(element.name) ?? `:${element.name}:`,
  date: (element, names) =>
    dateNode(element.timestamp, element.format, element.url, element.fallback ?? "", names),
  color: (element) => element.value,
};

const inline = (elements, names) =>
  elements.map((element) => styled(INLINE[element.type]?.(element, names) ?? "", element.style));

const PARTS = {
  rich_text_section: (part, names) => h("div", {}, inline(part.elements, names)),
  rich_text_preformatted: (part, names) => h("pre", {}, inline(part.elements, names)),
  rich_text_quote: (part, names) => h("blockquote", {}, inline(part.elements, names)),
  rich_text_list: (part, names) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      { class: `indent-${part.indent ?? 0}`, start: part.offset ? part.offset + 1 : null },
      part.elements.map((item) => h("li", {}, inline(item.elements, names))),
    ),
};

export const richText = (block, names) => block.elements.map((part) => PARTS[part.type]?.(part, names) ?? "");
