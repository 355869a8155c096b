// The conversation of one phone. Only what changed is drawn anew, so that focus and place stay.
import { drawMessage, element } from "/demo/static/message.js";
import { day, word } from "/demo/static/words.js";

const NEAR_END = 80; // pixels

export class Log {
  constructor(view) {
    this.view = view;
    this.root = view.part(".log");
    this.jump = view.part(".jump");
    this.following = true; // the newest message is kept in view until the person scrolls away
    this.drawn = new Map(); // what stands here: key -> { json, node }
    this.root.addEventListener("scroll", () => this.onScroll());
    this.jump.addEventListener("click", () => { this.scrollDown(); this.root.focus(); });
    new ResizeObserver(() => this.follow()).observe(this.root);
  }

  forget() {
    this.drawn.clear();
    this.root.replaceChildren();
  }

  draw() {
    const wanted = this.items();
    const keys = new Set(wanted.map((item) => item.key));
    for (const [key, { node }] of this.drawn) {
      if (!keys.has(key)) { node.remove(); this.drawn.delete(key); }
    }
    wanted.forEach((item, index) => this.place(item, index));
  }

  place(item, index) {
    const before = this.drawn.get(item.key);
    let node = before?.node;
    if (!before || before.json !== item.json) {
      node = item.make();
      const focused = before?.node.contains(document.activeElement);
      if (before) { before.node.replaceWith(node); node.classList.toggle("changed", item.edited); }
      // A keyboard user stays where she was when the tapped message turns into the next one.
      if (focused) (node.querySelector(".inline-button") ?? this.view.part("textarea")).focus({ preventScroll: true });
      this.drawn.set(item.key, { json: item.json, node });
    }
    if (this.root.children[index] !== node) this.root.insertBefore(node, this.root.children[index] ?? null);
  }

  items() {
    const { state } = this.view;
    if (!state.messages.length) {
      const text = state.description || word("empty");
      return [{ key: "empty", json: text, make: () => element("p", "empty", text) }];
    }
    let last = "";
    return state.messages.flatMap((message) => {
      const on = day(message.at * 1000);
      const item = { key: message.id, json: JSON.stringify(message), edited: message.edited, make: () => drawMessage(this.view, message) };
      if (on === last) return [item];
      last = on;
      return [{ key: `day ${on}`, json: on, make: () => element("div", "day", on) }, item];
    });
  }

  follow() {
    if (this.following) this.scrollDown();
  }

  scrollDown() {
    this.following = true;
    this.root.scrollTop = this.root.scrollHeight;
    this.jump.hidden = true;
  }

  onScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    this.following = scrollHeight - scrollTop - clientHeight < NEAR_END;
    this.jump.hidden = this.following;
  }
}
