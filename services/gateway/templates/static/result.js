"use strict";
// The page image and the list of questions: each leads to the other.
const viewer = document.querySelector(".viewer-window");
function choose(ordinal, from) {
  for (const old of document.querySelectorAll(".chosen")) old.classList.remove("chosen");
  const question = document.getElementById(`q-${ordinal}`);
  const boxes = document.querySelectorAll(`rect[data-q="${ordinal}"]`);
  if (question) { question.hidden = false; question.classList.add("chosen"); }
  for (const box of boxes) box.classList.add("chosen");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  if (from !== "list") question?.scrollIntoView({ block: "nearest", behavior: still });
  if (from !== "page" && boxes.length && viewer) {
    const box = boxes[0].getBoundingClientRect(), window_ = viewer.getBoundingClientRect();
    viewer.scrollBy({ top: box.top - window_.top - window_.height / 3, left: box.left - window_.left - window_.width / 3, behavior: still });
  }
}
for (const link of document.querySelectorAll(".viewer-page a")) {
  link.addEventListener("click", event => {
    event.preventDefault();
    choose(link.dataset.q, "page");
    document.getElementById(`q-${link.dataset.q}`)?.focus({ preventScroll: true });
    history.replaceState(null, "", `#q-${link.dataset.q}`);
  });
}
for (const question of document.querySelectorAll(".question")) {
  question.addEventListener("click", event => { if (!event.target.closest("summary, form, a")) choose(question.dataset.q, "list"); });
  question.querySelector(".show-on-page")?.addEventListener("click", event => { event.preventDefault(); choose(question.dataset.q, "list"); viewer?.scrollIntoView({ block: "nearest" }); });
}
// A verdict's count shows its questions alone; pressed again, all of them.
for (const chip of document.querySelectorAll(".chip")) {
  chip.addEventListener("click", () => {
    const isOn = chip.getAttribute("aria-pressed") !== "true";
    for (const other of document.querySelectorAll(".chip")) other.setAttribute("aria-pressed", String(isOn && other === chip));
    for (const question of document.querySelectorAll(".question")) question.hidden = isOn && question.dataset.verdict !== chip.dataset.verdict;
    document.getElementById("filtered").hidden = document.querySelectorAll(".question:not([hidden])").length > 0;
  });
}
let zoom = 1;
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    zoom = button.dataset.zoom === "fit" ? 1 : Math.min(4, Math.max(.5, zoom * Number(button.dataset.zoom)));
    for (const page of document.querySelectorAll(".viewer-page")) page.style.width = `${zoom * 100}%`;
    document.getElementById("zoom-now").textContent = `${Math.round(zoom * 100)}%`;
  });
}
const partial = form => form.querySelector("[name=score]")?.closest("label");
for (const form of document.querySelectorAll(".correct-form")) {
  form.addEventListener("change", () => {
    const verdict = form.querySelector("select[name=verdict]").value;
    partial(form).hidden = verdict !== "partial";
    form.querySelector("[name=student_answer]").closest("label").hidden = verdict !== "";
  });
}
const anchor = location.hash.match(/^#q-(\d+)$/);
if (anchor) choose(anchor[1]);
