// The people of the workspace: who you are, what each may do, and how they look.

import { fill, h, reconcile } from "./dom.js";
import { logo } from "./icons.js";
import { typing } from "./keys.js";

const HUES = [205, 28, 158, 268, 338, 48, 182, 8];
const ROLE = /^o[1-9]$/i;

/** Bots count as people only in that they write. */
export const humans = (workspace) => [...workspace.users.values()].filter((user) => !user.is_bot);

/** The role names a person holds by user group, highest last; groups are read live, so a change shows at once. */
function rolesOf(user, workspace) {
  return [...workspace.groups.values()]
    .filter((group) => ROLE.test(group.handle) && group.users?.includes(user.id))
    .map((group) => group.handle.toUpperCase())
    .sort();
}

const onCall = (user, workspace) =>
  [...workspace.groups.values()].some(
    (group) => group.handle.startsWith("oncall") && group.users?.includes(user.id),
  );

/** One word for what a person is here, and what it means. */
export function standing(user, workspace) {
  if (user.deleted) return { word: "left", tone: "out", title: "Deactivated: counts as nobody" };
  if (user.is_bot) return { word: "bot", tone: "bot", title: "An app" };
  if (user.is_stranger)
    return { word: "partner", tone: "out", title: "From another organisation (Slack Connect)" };
  if (user.is_restricted) return { word: "guest", tone: "out", title: "A single-channel guest" };
  const role = rolesOf(user, workspace).at(-1);
  const title = { O1: "Viewer", O2: "Operator", O3: "Approver" }[role];
  return role
    ? { word: role, tone: role.toLowerCase(), title }
    : { word: "no role", tone: "none", title: "A member without a role" };
}

export function badge(user, workspace) {
  const { word, tone, title } = standing(user, workspace);
  return h("span", { class: `badge ${tone}`, title }, word);
}

const initials = (user) =>
  user.real_name
    .split(/\s+/)
    .map((word) => word[0])
    .slice(0, 2)
    .join("")
    .toUpperCase();

export function avatar(user, workspace, size = "") {
  if (user?.is_bot)
    return h(
      "span",
      { class: `avatar bot ${size} ${user.name === "countersign" ? "ours" : ""}`, "aria-hidden": "true" },
      user.name === "countersign" ? logo() : initials(user),
    );
  const node = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, user ? initials(user) : "?");
  const index = [...workspace.users.keys()].indexOf(user?.id);
  node.style.setProperty("--hue", HUES[Math.max(index, 0) % HUES.length]);
  return node;
}

/** What a bot calls itself: "countersign" is written as a name. */
export const displayName = (user) =>
  user?.name === "countersign" ? "Countersign" : (user?.real_name ?? "Somebody");

function row(user, index, workspace, place) {
  const chosen = user.id === place.me;
  return h(
    "button",
    {
      class: "person",
      role: "radio",
      "aria-checked": String(chosen),
      tabindex: chosen ? "0" : "-1",
      data: { focus: `person-${user.id}`, user: user.id },
      onclick: () => place.become(user.id),
    },
    avatar(user, workspace, "small"),
    h("span", { class: "person-name" }, user.real_name),
    onCall(user, workspace) &&
      h("span", { class: "oncall", role: "img", title: "On call now", "aria-label": "on call" }),
    badge(user, workspace),
    h("kbd", { "aria-hidden": "true" }, index + 1),
  );
}

function arrows(event, place, people) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = people.at((people.findIndex((user) => user.id === place.me) + step) % people.length);
  place.become(next.id);
  document.querySelector(`[data-user="${CSS.escape(next.id)}"]`)?.focus();
}

/** The switcher "You are …". The keys 1 to 8 choose a person from anywhere but a text field. */
export class PeopleSwitcher {
  constructor(node, workspace, place) {
    Object.assign(this, { workspace, place });
    this.list = h("div", {
      class: "people",
      role: "radiogroup",
      "aria-labelledby": "people-title",
      onkeydown: (event) => arrows(event, place, humans(workspace)),
    });
    fill(node, h("h2", { id: "people-title", class: "rail-title" }, "You are"), this.list);
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const user = /^[1-9]$/.test(event.key) && humans(workspace)[Number(event.key) - 1];
      if (user) place.become(user.id);
    });
  }

  render() {
    const { workspace, place } = this;
    reconcile(
      this.list,
      humans(workspace).map((user, index) => ({
        key: user.id,
        mark: JSON.stringify([
          user,
          standing(user, workspace),
          onCall(user, workspace),
          user.id === place.me,
        ]),
        build: () => row(user, index, workspace, place),
      })),
    );
  }
}
