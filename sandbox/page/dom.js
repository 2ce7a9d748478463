// Elements are built here and nowhere else. Text becomes text nodes: no string is ever parsed as markup.

const SVG = "http://www.w3.org/2000/svg";

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** h("button", {class: "x", onclick: f, "aria-label": "…"}, "text", node, [more]) */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  return append(node, children);
}

/** s("path", {d: "…"}): an SVG element. */
export function s(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return append(node, children);
}

/** Replaces what `node` holds, and says so in one place. */
export function fill(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Puts `fresh` in the place of `node`; whoever had the keyboard inside it still has it. */
function swap(node, fresh) {
  const held = node.contains(document.activeElement) ? document.activeElement : null;
  node.replaceWith(fresh);
  if (!held) return;
  const twin = held.dataset.focus && fresh.querySelector(`[data-focus="${CSS.escape(held.dataset.focus)}"]`);
  (twin || fresh).focus({ preventScroll: true });
}

/**
 * Makes the children of `parent` equal `items` ({key, mark, look, build}), touching only what changed.
 * An item whose `mark` is the same keeps its element; another is built again, keeps the focus, and flashes when
 * its `look` changed too. What comes later than the first showing arrives softly.
 */
export function reconcile(parent, items) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let cursor = parent.firstElementChild;
  for (const { key, mark, look, build } of items) {
    let node = old.get(key);
    if (node && node.mark !== mark) {
      const fresh = build();
      if (node.look !== look) fresh.classList.add("changed");
      if (cursor === node) cursor = fresh;
      swap(node, fresh);
      node = fresh;
    } else if (!node) {
      node = build();
      if (parent.dataset.settled) node.classList.add("arrived");
    }
    node.dataset.key = key;
    Object.assign(node, { mark, look });
    old.delete(key);
    if (node === cursor) cursor = cursor.nextElementSibling;
    else parent.insertBefore(node, cursor);
  }
  for (const gone of old.values()) gone.remove();
  parent.dataset.settled = "yes";
}
