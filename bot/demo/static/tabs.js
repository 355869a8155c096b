// The switcher of the narrow page: one phone at a time, the others a tap or a swipe away.
import { element } from "/demo/static/message.js";
import { note, noted } from "/demo/static/keep.js";

const bar = document.getElementById("tabs");
const phones = document.getElementById("phones");

export class Tabs {
  constructor(views) {
    this.views = views;
    this.sight = new IntersectionObserver((entries) => entries.forEach((entry) => this.seen(entry)), { root: phones, threshold: 0.6 });
  }

  add(view) {
    const tab = element("button", "tab");
    const badge = element("span", "badge");
    tab.type = "button";
    tab.dataset.user = view.state.user_id;
    tab.dataset.testid = `tab-${view.state.user_id}`;
    badge.hidden = true;
    tab.append(element("span", "tab-name"), badge);
    tab.addEventListener("click", () => view.bringForward());
    bar.append(tab);
    view.tab = tab;
    this.sight.observe(view.root);
  }

  speak() {
    for (const view of this.views.values()) view.tab.querySelector(".tab-name").textContent = view.name;
  }

  // After a reload, the phone that was in hand.
  begin() {
    const last = this.views.get(Number(noted("in-hand")));
    if (last) phones.scrollLeft = last.root.offsetLeft - phones.offsetLeft;
  }

  setUnread(userId, count) {
    const badge = this.views.get(userId)?.tab?.querySelector(".badge");
    if (!badge) return;
    badge.hidden = count === 0;
    badge.textContent = count;
  }

  seen({ target, isIntersecting }) {
    const view = [...this.views.values()].find((each) => each.root === target);
    view.setInSight(isIntersecting);
    view.tab.setAttribute("aria-current", String(isIntersecting));
    if (isIntersecting && view.alone) note("in-hand", view.state.user_id);
  }
}
