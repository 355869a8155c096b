// A picture in full size; Esc, the button or a click beside it closes.
import { word } from "/demo/static/words.js";

const viewer = document.getElementById("viewer");
const image = viewer.querySelector("img");
const link = viewer.querySelector("a");

export function fileUrl(id, download = false) {
  return `/demo/file/${encodeURIComponent(id)}${download ? "?download" : ""}`;
}

export function openPicture(id, name) {
  image.src = fileUrl(id);
  image.alt = name;
  link.href = fileUrl(id, true);
  link.setAttribute("aria-label", word("download", { name }));
  viewer.showModal();
}

viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
