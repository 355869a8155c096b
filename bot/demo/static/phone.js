// One phone: draws a chat, sends what its person does. Words and requests come from the page.
import { drawMessage, element } from "/demo/static/message.js";

const TINTS = ["#0f766e", "#b45309", "#4f46e5", "#be185d", "#0369a1", "#4d7c0f"];
const PHOTO_LIMIT = 10_000_000;
const TYPING_MS = 4000;
const TOAST_MS = 3500;
const HERE = { latitude: 31.2304, longitude: 121.4737 };
let tint = 0;

export class PhoneView {
  constructor(page, state) {
    this.page = page;
    this.state = state;
    this.unread = 0;
    this.inSight = true;
    this.attended = false;
    this.following = true; // the newest message is kept in view until the person scrolls away
    this.drawn = new Map(); // what stands in the log: key -> { json, node }
    this.root = document.getElementById("phone-template").content.firstElementChild.cloneNode(true);
    this.log = this.part(".log");
    this.input = this.part("textarea");
    this.sheet = this.part(".bottom-sheet");
    this.moreSheet = this.part(".more-sheet");
    this.name();
    this.wire();
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  name() {
    const id = this.state.user_id;
    this.root.style.setProperty("--tint", TINTS[tint++ % TINTS.length]);
    this.identify(this.root, `phone-${id}`);
    this.identify(this.input, `input-${id}`);
    this.identify(this.part(".send"), `send-${id}`);
    this.identify(this.part(".start"), `start-${id}`);
    this.identify(this.part(".commands"), `commands-${id}`);
    this.identify(this.part(".attach"), `attach-${id}`);
    this.part(".bot-name").textContent = this.page.bot.first_name;
  }

  identify(node, id) {
    node.id = id;
    node.dataset.testid = id;
  }

  wire() {
    const file = this.part("input[type=file]");
    this.part(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("input", () => this.fit());
    this.part(".commands").addEventListener("click", () => this.toggle(".commands", this.sheet, this.commandItems()));
    this.part(".attach").addEventListener("click", () => this.toggle(".attach", this.sheet, this.attachItems(file)));
    this.part(".more").addEventListener("click", () => this.toggle(".more", this.moreSheet, this.moreItems()));
    this.part(".start").addEventListener("click", () => this.begin());
    this.part(".jump").addEventListener("click", () => this.scrollDown());
    this.log.addEventListener("scroll", () => this.onScroll());
    new ResizeObserver(() => this.follow()).observe(this.log);
    file.addEventListener("change", () => this.sendPhoto(file));
    this.root.addEventListener("pointerdown", (event) => this.onPress(event));
    this.root.addEventListener("focusin", () => this.attend());
    this.root.addEventListener("focusout", () => { this.attended = false; });
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closeSheets(); });
  }

  act(action, details) {
    return this.page.act(this.state.user_id, action, details);
  }

  // -- what is shown ---------------------------------------------------------------------------

  update(state) {
    const known = new Set(this.state.messages.map((message) => message.id));
    const fresh = state.messages.filter((message) => message.by_bot && !known.has(message.id)).length;
    this.state = state;
    this.draw();
    if (fresh) this.arrived(fresh);
  }

  speak() {
    const { page, state } = this;
    const name = page.pick(state.name);
    this.part(".name").textContent = name;
    this.part(".avatar").textContent = [...name][0] ?? "";
    this.part(".role").textContent = page.pick(state.role_line);
    this.part(".story").textContent = page.pick(state.story);
    this.part(".story").title = page.pick(state.story);
    this.root.setAttribute("aria-label", name);
    this.log.setAttribute("aria-label", page.word("chat_with", { name }));
    this.input.setAttribute("aria-label", page.word("message_to", { name }));
    for (const label of ["send", "commands", "attach", "more", "jump"]) {
      this.part(`.${label}`).setAttribute("aria-label", page.word(label));
      this.part(`.${label}`).title = page.word(label);
    }
    this.closeSheets();
    this.drawn.clear();
    this.log.replaceChildren();
    this.draw();
    this.scrollDown();
  }

  draw() {
    const { page, state } = this;
    this.drawLog();
    this.drawKeys();
    this.part(".status").textContent = page.word("bot");
    this.part(".status").classList.remove("typing");
    this.part(".composer").hidden = !state.started || state.blocked;
    const start = this.part(".start");
    const pressed = start === document.activeElement;
    start.hidden = state.started && !state.blocked;
    start.textContent = page.word(state.blocked ? "unblock" : state.payload ? "start_scan" : "start");
    if (pressed && start.hidden) this.input.focus({ preventScroll: true });
    this.input.placeholder = state.placeholder || page.word("message");
    this.follow();
  }

  drawLog() {
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
      if (before) { before.node.replaceWith(node); node.classList.add("changed"); }
      // A keyboard user stays where she was when the tapped message turns into the next one.
      if (focused) (node.querySelector(".inline-button") ?? this.input).focus({ preventScroll: true });
      this.drawn.set(item.key, { json: item.json, node });
    }
    if (this.log.children[index] !== node) this.log.insertBefore(node, this.log.children[index] ?? null);
  }

  items() {
    const { page, state } = this;
    if (!state.messages.length) {
      const text = state.description || page.word("empty");
      return [{ key: "empty", json: text, make: () => element("p", "empty", text) }];
    }
    let day = "";
    return state.messages.flatMap((message) => {
      const on = page.format(message.at * 1000, { month: "long", day: "numeric", weekday: "short" });
      const item = { key: message.id, json: JSON.stringify(message), make: () => drawMessage(this, message) };
      if (on === day) return [item];
      day = on;
      return [{ key: `day ${on}`, json: on, make: () => element("div", "day", on) }, item];
    });
  }

  drawKeys() {
    const keys = this.part(".keys");
    keys.hidden = !this.state.keyboard.length || this.state.blocked;
    keys.replaceChildren(...this.state.keyboard.map((row) => {
      const line = element("div", "key-row");
      line.append(...row.map((key) => {
        const button = element("button", "key", key.text);
        button.type = "button";
        button.addEventListener("click", () => this.press(key));
        return button;
      }));
      return line;
    }));
  }

  // -- what the person does --------------------------------------------------------------------

  press(key) {
    if (key.request_contact) this.act("contact");
    else if (key.request_location) this.act("location", HERE);
    else this.act("write", { text: key.text });
    this.input.focus({ preventScroll: true });
  }

  tap(message, button, node) {
    const link = new RegExp(`^https://t\\.me/${this.page.bot.username}\\?start=([\\w-]*)$`).exec(button.url ?? "");
    if (link) { this.act("start", { payload: link[1] }); return; }
    if (button.copy_text) { navigator.clipboard?.writeText(button.copy_text.text); this.toast(this.page.word("copied")); return; }
    node.classList.add("waiting");
    this.act("tap", { message_id: message.id, data: button.callback_data });
  }

  begin() {
    if (this.state.blocked) this.act("unblock");
    else this.act("start", { payload: this.state.payload });
  }

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.input.value = "";
    this.fit();
    this.scrollDown();
    if (!(await this.act("write", { text })) && !this.input.value) this.input.value = text;
  }

  onKey(event) {
    // Enter that picks a word in an input method must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  async sendPhoto(file) {
    const [photo] = file.files;
    file.value = "";
    if (!photo) return;
    if (photo.size > PHOTO_LIMIT) { this.toast(this.page.word("too_big")); return; }
    const reader = new FileReader();
    reader.addEventListener("load", () => this.act("photo", { content: reader.result.split(",")[1] }));
    reader.readAsDataURL(photo);
  }

  // -- sheets ----------------------------------------------------------------------------------

  commandItems() {
    const { commands } = this.state;
    if (!commands.length) return [element("p", "", this.page.word("no_commands"))];
    return commands.map(({ command, description }) => {
      const button = this.item(() => this.act("write", { text: `/${command}` }));
      button.append(element("code", "", `/${command}`), element("span", "", description));
      return button;
    });
  }

  attachItems(file) {
    return [
      this.item(() => file.click(), "photo"),
      this.item(() => this.act("location", HERE), "location"),
      this.item(() => this.act("contact"), "contact"),
      this.item(() => this.act("sticker"), "sticker"),
    ];
  }

  moreItems() {
    const action = this.state.blocked ? "unblock" : "block";
    return [this.item(() => this.act(action), action)];
  }

  item(act, key) {
    const button = element("button", "", key ? this.page.word(key) : "");
    button.type = "button";
    button.addEventListener("click", () => { this.closeSheets(); this.input.focus(); act(); });
    return button;
  }

  toggle(opener, sheet, items) {
    const open = this.part(opener).getAttribute("aria-expanded") === "true";
    this.closeSheets();
    if (open) return;
    this.part(opener).setAttribute("aria-expanded", "true");
    sheet.style.bottom = sheet === this.sheet ? `${this.part(".composer").offsetHeight + 4}px` : "";
    sheet.replaceChildren(...items);
    sheet.hidden = false;
    sheet.querySelector("button")?.focus();
  }

  closeSheets() {
    this.sheet.hidden = this.moreSheet.hidden = true;
    for (const opener of this.root.querySelectorAll("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
  }

  onPress(event) {
    this.attend();
    if (!event.target.closest(".sheet, [aria-expanded]")) this.closeSheets();
  }

  // -- attention -------------------------------------------------------------------------------

  arrived(count) {
    if (this.attended && this.inSight) return;
    this.setUnread(this.unread + count);
  }

  attend() {
    this.attended = true;
    this.setUnread(0);
  }

  setInSight(inSight) {
    this.inSight = inSight;
    const alone = this.root.offsetWidth > this.root.parentElement.clientWidth * 0.8;
    // In the single column, the phone in sight is the phone in hand.
    if (alone) this.attended = inSight;
    if (alone && inSight) this.setUnread(0);
  }

  setUnread(count) {
    this.unread = count;
    const badge = this.part(".badge");
    badge.hidden = count === 0;
    badge.textContent = count;
    badge.setAttribute("aria-label", this.page.word("unread", { n: count }));
    this.page.markUnread(this.state.user_id, count);
  }

  showTyping() {
    const status = this.part(".status");
    status.textContent = this.page.word("typing");
    status.classList.add("typing");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => {
      status.textContent = this.page.word("bot");
      status.classList.remove("typing");
    }, TYPING_MS);
  }

  answered(text, alert) {
    for (const button of this.log.querySelectorAll(".waiting")) button.classList.remove("waiting");
    if (text) this.toast(text, alert);
  }

  toast(text, stays = false) {
    const toast = this.part(".toast");
    toast.replaceChildren(text);
    toast.hidden = false;
    clearTimeout(this.toastTimer);
    if (!stays) { this.toastTimer = setTimeout(() => { toast.hidden = true; }, TOAST_MS); return; }
    const ok = element("button", "", this.page.word("ok"));
    ok.type = "button";
    ok.addEventListener("click", () => { toast.hidden = true; this.input.focus(); });
    toast.append(ok);
    ok.focus();
  }

  follow() {
    if (this.following) this.scrollDown();
  }

  scrollDown() {
    this.following = true;
    this.log.scrollTop = this.log.scrollHeight;
  }

  onScroll() {
    this.following = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    this.part(".jump").hidden = this.following;
  }
}
