// A list that is read at its end stays there, whatever is added to it or grows in it, and however wide it becomes.

const NEAR = 80;

export class Pin {
  #pinned = true;
  #top = 0;

  constructor(node) {
    this.node = node;
    node.addEventListener("scroll", () => {
      // Only readers scroll back; what grows without having been drawn moves the end away.
      if (this.#near) this.#pinned = true;
      else if (node.scrollTop < this.#top) this.#pinned = false;
      this.#top = node.scrollTop;
    });
    node.addEventListener("load", () => this.settle(), { capture: true }); // a picture has got its height
    new ResizeObserver(() => this.settle()).observe(node);
  }

  /** From now on at the end, until the reader scrolls away. */
  toEnd() {
    this.#pinned = true;
    this.#top = 0;
    this.settle();
  }

  /** To be called before each change of the list: afterwards, what moved may have been the list itself. */
  look() {
    // Somebody may have scrolled back without the browser having said so yet.
    if (this.node.scrollTop < this.#top - NEAR && !this.#near) this.#pinned = false;
  }

  /** To be called after each change of the list. */
  settle() {
    if (!this.#pinned) return;
    this.node.scrollTop = this.node.scrollHeight;
    this.#top = this.node.scrollTop;
  }

  get #near() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }
}
