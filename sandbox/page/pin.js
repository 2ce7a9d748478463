// A list that is read at its end stays at its end, whatever is added to it and however wide it becomes.

const NEAR = 80;

export class Pin {
  #pinned = true;
  #top = 0;

  constructor(node) {
    this.node = node;
    node.addEventListener("scroll", () => {
      this.#pinned = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;
      this.#top = node.scrollTop;
    });
    new ResizeObserver(() => this.settle()).observe(node);
  }

  /** From now on at the end, until the reader scrolls away. */
  toEnd() {
    this.#pinned = true;
    this.#top = 0;
    this.settle();
  }

  /** To be called after each change of the list. */
  settle() {
    // Somebody may have scrolled back without the browser having said so yet.
    if (this.node.scrollTop < this.#top - NEAR) this.#pinned = false;
    if (!this.#pinned) return;
    this.node.scrollTop = this.node.scrollHeight;
    this.#top = this.node.scrollTop;
  }
}
