// Slack's mrkdwn to nodes. Foreign text can only become text: nothing here reads markup from a string.

import { h } from "./dom.js";
import { emoji, withDrawnEmoji } from "./emoji.js";
import { full, slackDate } from "./time.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const SAFE_LINK = /^(https?:|mailto:|tel:)/i;

/** Slack escapes exactly three characters; they are undone exactly once. */
const unescape = (text) =>
  text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);

/** Long paths and names may break behind "/" and "_", and only there. */
const breakable = (text) =>
  text.split(/(?<=\w[/_])(?=\w)/).flatMap((piece, index) => (index ? [h("wbr"), piece] : [piece]));

const plain = (text) =>
  withDrawnEmoji(unescape(text)).flatMap((part) => (typeof part === "string" ? breakable(part) : [part]));

/** A link that leaves the page safely; one to a message of this workspace stays inside. */
export function link(url, label, names) {
  const target = unescape(url);
  if (!SAFE_LINK.test(target)) return h("span", {}, label);
  const inside = names.permalink?.(target);
  if (inside) return h("a", { href: inside }, label);
  return h("a", { href: target, target: "_blank", rel: "noopener noreferrer" }, label);
}

export function mention(id, names) {
  const user = names.user(id);
  const me = id === names.me;
  return h("span", { class: me ? "mention me" : "mention", title: user?.real_name }, `@${user?.name ?? id}`);
}

export const channelLink = (id, names) =>
  h("a", { class: "mention", href: `#/${encodeURIComponent(id)}` }, `#${names.channel(id)?.name ?? id}`);

export const groupMention = (id, names, label = "") =>
  h("span", { class: "mention" }, label || `@${names.group(id)?.handle ?? id}`);

export const broadcast = (range) => h("span", { class: "mention all" }, `@${range}`);

export function dateNode(seconds, template, url, fallback, names) {
  const words = slackDate(seconds, template) ?? fallback;
  const time = h("time", { class: "date", title: Number.isFinite(+seconds) ? full(seconds) : null }, words);
  return url ? link(url, time, names) : time;
}

function special(body, label, names) {
  const [kind, ...rest] = body.split("^");
  if (kind === "subteam") return groupMention(rest[0], names, label);
  if (kind === "date") return dateNode(rest[0], unescape(rest[1] ?? ""), rest[2], label, names);
  return broadcast(label.replace(/^@/, "") || kind);
}

function entity(inner, names) {
  const bar = inner.indexOf("|");
  const body = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inner.slice(bar + 1));
  if (body[0] === "@") return mention(body.slice(1), names);
  if (body[0] === "#") return channelLink(body.slice(1), names);
  if (body[0] === "!") return special(body.slice(1), label, names);
  return link(body, label || unescape(body), names);
}

/** Where the mark opened at `start` closes, or -1: on its line, around something, between non-words. */
function closing(text, mark, start) {
  if (!text[start + 1] || /\s/.test(text[start + 1]) || (start > 0 && WORD.test(text[start - 1]))) return -1;
  for (let at = start + 2; at < text.length && text[at] !== "\n"; at += 1) {
    if (text[at] === "<") at = Math.max(at, text.indexOf(">", at));
    else if (text[at] === mark && !/\s/.test(text[at - 1]) && !(text[at + 1] && WORD.test(text[at + 1])))
      return at;
  }
  return -1;
}

/** What starts at `at`: [node, index behind it], or null when it is plain text. */
function token(text, at, names) {
  const char = text[at];
  if (char === "<") {
    const end = text.indexOf(">", at);
    return end > at + 1 ? [entity(text.slice(at + 1, end), names), end + 1] : null;
  }
  if (char === "`") {
    const end = text.indexOf("`", at + 1);
    const code = text.slice(at + 1, end);
    return end > at + 1 && !code.includes("\n") ? [h("code", {}, inlineText(code, names)), end + 1] : null;
  }
  if (char === ":") {
    const name = /^:([a-z0-9_+'-]+(?:::skin-tone-\d)?):/.exec(text.slice(at, at + 64));
    const sign = name && emoji(name[1]);
    return sign ? [sign, at + name[0].length] : null;
  }
  if (char in MARKS) {
    const end = closing(text, char, at);
    return end > 0 ? [h(MARKS[char], {}, inline(text.slice(at + 1, end), names)), end + 1] : null;
  }
  return null;
}

/** Code keeps its marks, but links and mentions inside it still read as their labels. */
function inlineText(code, names) {
  return code
    .split(/(<[^>\n]+>)/)
    .map((part) => (/^<.+>$/.test(part) ? entity(part.slice(1, -1), names) : breakable(unescape(part))));
}

function inline(text, names) {
  const nodes = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const found = token(text, at, names);
    if (found) {
      nodes.push(...plain(text.slice(from, at)), found[0]);
      from = at = found[1];
    } else at += 1;
  }
  nodes.push(...plain(text.slice(from)));
  return nodes;
}

const QUOTE = /^(?:&gt;|>) ?/;

/** Lines that belong together: quoted ones in a quote, the others as they are. */
function lines(text, names) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quoted = QUOTE.test(line);
    if (groups.at(-1)?.quoted !== quoted) groups.push({ quoted, lines: [] });
    groups.at(-1).lines.push(quoted ? line.replace(QUOTE, "") : line);
  }
  return groups.flatMap(({ quoted, lines: own }) => {
    const nodes = inline(own.join("\n"), names);
    return quoted ? h("blockquote", {}, nodes) : nodes;
  });
}

/**
 * The nodes of one mrkdwn text. `names` resolves ids: user(id), channel(id), group(id), me, permalink(url).
 * https://docs.slack.dev/messaging/formatting-message-text
 */
export function mrkdwn(text, names) {
  const nodes = [];
  for (const [index, part] of String(text ?? "")
    .split("```")
    .entries()) {
    if (index % 2) nodes.push(h("pre", {}, inlineText(part.replace(/^\n|\n$/g, ""), names)));
    else if (part.replace(/^\n|\n$/g, "")) nodes.push(...lines(part.replace(/^\n|\n$/g, ""), names));
  }
  return nodes;
}

/** A text as a person would type it again: for the edit box and for one-line previews. */
export function asTyped(text, names) {
  return unescape(
    String(text ?? "").replace(/<([@#!]?)([^>|]+)(?:\|([^>]*))?>/g, (_, kind, id, label) => {
      if (kind === "@") return `@${names.user(id)?.name ?? id}`;
      if (kind === "#") return `#${names.channel(id)?.name ?? id}`;
      if (kind === "!" && id.startsWith("date^"))
        return slackDate(id.split("^")[1], id.split("^")[2] ?? "") ?? label ?? "";
      if (kind === "!" && id.startsWith("subteam^"))
        return label || `@${names.group(id.slice(8))?.handle ?? id}`;
      return kind === "!" ? `@${id}` : label || id;
    }),
  );
}

/** A text object of Block Kit, or a bare string (read as plain text). */
export function textObject(object, names) {
  if (!object) return [];
  if (typeof object === "string") return withDrawnEmoji(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return plainWithEmoji(object.text ?? "");
}

function plainWithEmoji(text) {
  return text
    .split(/(:[a-z0-9_+'-]+:)/)
    .flatMap((part) => (/^:.+:$/.test(part) && emoji(part.slice(1, -1))) || withDrawnEmoji(part));
}
