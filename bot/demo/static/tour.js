// The guided tour: shows the step that the server says is next, and points at phone and control.
import { recall, remember } from "/demo/static/keep.js";
import { word } from "/demo/static/words.js";

const section = document.getElementById("tour");
const list = document.getElementById("tour-steps");
const opener = document.getElementById("tour-open");
const part = (name) => document.getElementById(`tour-${name}`);
let steps = [];

// `phoneOf` gives the view of whoever a step names; `skip` and `again` ask the server.
export class Tour {
  constructor({ phoneOf, views, skip, again }) {
    Object.assign(this, { phoneOf, views });
    part("show").addEventListener("click", () => this.show());
    part("skip").addEventListener("click", () => skip(this.current.code));
    part("again").addEventListener("click", again);
    part("close").addEventListener("click", () => { this.fold("folded"); opener.focus(); });
    opener.addEventListener("click", () => { this.fold(""); part("show").focus(); });
  }

  get current() {
    return steps.find((step) => !step.done && !step.skipped);
  }

  fold(how) {
    remember("tour", how);
    this.draw();
  }

  update(found) {
    steps = found ?? [];
    this.draw();
  }

  draw() {
    const step = this.current;
    section.hidden = !steps.length || recall("tour") === "folded";
    opener.hidden = !steps.length || !section.hidden;
    list.replaceChildren(...steps.map((each, index) => this.dot(each, index)));
    const n = steps.indexOf(step) + 1;
    section.dataset.step = step ? step.code : "finished";
    const title = step ? `${word("tour_step", { n, all: steps.length })} · ${word(`tour.${step.code}.title`)}` : word("tour_finished");
    const text = step ? word(`tour.${step.code}.text`) : word("tour_finished_text");
    put(section.querySelector(".tour-title"), title);
    put(section.querySelector(".tour-text"), text);
    part("show").hidden = part("skip").hidden = !step;
    part("again").hidden = Boolean(step) && n === 1;
    this.point();
  }

  dot(step, index) {
    const node = document.createElement("li");
    const state = step.done ? "done" : step === this.current ? "current" : step.skipped ? "skipped" : "ahead";
    node.className = state;
    node.textContent = step.done ? "✓" : index + 1;
    node.title = word(`tour.${step.code}.title`);
    node.setAttribute("aria-label", `${node.title}, ${word(`tour_${state}`)}`);
    if (state === "current") node.setAttribute("aria-current", "step");
    return node;
  }

  // Whatever was redrawn may have lost its mark, so this comes after every change.
  point() {
    for (const node of document.querySelectorAll(".hint")) node.classList.remove("hint");
    for (const view of this.views()) view.setHinted(false);
    if (section.hidden || !this.current) return;
    this.phoneOf(this.current.who)?.setHinted(true);
    this.control()?.classList.add("hint");
  }

  control() {
    const view = this.phoneOf(this.current.who);
    for (const wanted of this.current.controls) {
      const [kind, ...rest] = wanted.split(":");
      const found = kind === "clock"
        ? document.querySelector(`[data-move="${rest[0]}"]`)
        : view?.find(kind, rest.join(":"));
      if (found) return found;
    }
    return null;
  }

  show() {
    const control = this.control();
    this.phoneOf(this.current.who)?.bringForward();
    control?.focus({ preventScroll: true });
    control?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
