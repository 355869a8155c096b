// The bottom of a phone: the typing field, its sheets, and what is sent from there.
import { element } from "/demo/static/message.js";
import { note, noted } from "/demo/static/keep.js";
import { word } from "/demo/static/words.js";

export const HERE = { latitude: 30.6428, longitude: 104.0431 }; // where the cast lives
const FILE_LIMIT = 10_000_000;
const PICTURES = ["image/png", "image/jpeg", "image/webp"];

export class Composer {
  constructor(view) {
    this.view = view;
    this.input = view.part("textarea");
    this.photo = view.part(".choose-photo");
    this.file = view.part(".choose-file");
    this.sheet = view.part(".bottom-sheet");
    this.moreSheet = view.part(".more-sheet");
    this.draftKey = `draft-${view.state.user_id}`;
    this.input.value = noted(this.draftKey);
    this.wire();
  }

  wire() {
    const { view } = this;
    view.part(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("input", () => this.fit());
    this.opens(".commands", this.sheet, () => this.commandItems());
    this.opens(".attach", this.sheet, () => this.attachItems());
    this.opens(".more", this.moreSheet, () => this.moreItems());
    this.photo.addEventListener("change", () => this.sendChosen("photo", this.photo));
    this.file.addEventListener("change", () => this.sendChosen("file", this.file));
    view.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.escape(); });
    new ResizeObserver(() => this.fit()).observe(view.part(".composer"));
  }

  focus() {
    this.input.focus({ preventScroll: true });
  }

  draw() {
    const { state } = this.view;
    this.view.part(".composer").hidden = !state.started || state.blocked;
    this.input.placeholder = state.placeholder || word("message");
  }

  // -- typing ----------------------------------------------------------------------------------

  async send() {
    const text = this.input.value;
    if (!text.trim()) return;
    this.fill("");
    this.view.log.scrollDown();
    if (!(await this.view.act("write", { text })) && !this.input.value) this.fill(text);
  }

  fill(text) {
    this.input.value = text;
    this.fit();
  }

  onKey(event) {
    // Enter that picks a word in an input method must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  fit() {
    note(this.draftKey, this.input.value);
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }

  async sendChosen(action, input) {
    const [file] = input.files;
    if (!file) return;
    if (action === "photo" && !PICTURES.includes(file.type)) this.view.toast(word("not_a_picture"));
    else if (file.size > FILE_LIMIT) this.view.toast(word("too_big"));
    else await this.upload(action, file);
    input.value = "";
  }

  async upload(action, file) {
    const caption = this.input.value.trim();
    const url = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => resolve(reader.result));
      reader.addEventListener("error", reject);
      reader.readAsDataURL(file);
    });
    this.view.log.scrollDown();
    if (await this.view.act(action, { content: url.split(",")[1], caption, name: file.name })) this.fill("");
  }

  // -- sheets ----------------------------------------------------------------------------------

  commandItems() {
    const { commands } = this.view.state;
    if (!commands.length) return [element("p", "", word("no_commands"))];
    return commands.map(({ command, description }) => {
      const button = this.item(() => this.view.act("write", { text: `/${command}` }));
      button.append(element("code", "", `/${command}`), element("span", "", description));
      return button;
    });
  }

  attachItems() {
    return [
      this.item(() => this.photo.click(), "photo", "▣"),
      this.item(() => this.file.click(), "file", "▤"),
      this.item(() => this.view.act("location", HERE), "location", "◎"),
      this.item(() => this.view.act("contact"), "contact", "☎"),
      this.item(() => this.view.act("sticker"), "sticker", "☺"),
    ];
  }

  moreItems() {
    const action = this.view.state.blocked ? "unblock" : "block";
    return [this.item(() => this.view.act(action), action, "⊘")];
  }

  item(act, key = "", mark = "") {
    const button = element("button");
    button.type = "button";
    if (key) {
      const sign = element("i", "mark", mark);
      sign.setAttribute("aria-hidden", "true");
      button.append(sign, word(key));
    }
    button.addEventListener("click", () => { this.closeSheets(); this.focus(); act(); });
    return button;
  }

  opens(opener, sheet, items) {
    const button = this.view.part(opener);
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      this.closeSheets();
      if (open) return;
      button.setAttribute("aria-expanded", "true");
      sheet.style.bottom = sheet === this.sheet ? `${this.view.part(".composer").offsetHeight + 4}px` : "";
      sheet.replaceChildren(...items());
      sheet.hidden = false;
      sheet.querySelector("button")?.focus();
    });
  }

  // Esc gives the focus back to what opened the sheet.
  escape() {
    const opener = this.view.part("[aria-expanded=true]");
    this.closeSheets();
    opener?.focus();
  }

  closeSheets() {
    this.sheet.hidden = this.moreSheet.hidden = true;
    for (const opener of this.view.root.querySelectorAll("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
  }

  onPress(event) {
    if (!event.target.closest(".sheet, [aria-expanded]")) this.closeSheets();
  }
}
