"use strict";
// Reviewing by keys: one decision for all that reads alike, the next group at once, and undo.
const words = JSON.parse(document.getElementById("words").textContent);
const csrf = document.querySelector("meta[name=csrf-token]").content;
const toast = document.getElementById("toast");
// What was decided on this page, newest last: all of it can be taken back, one by one.
const made = [];
const decided = new Set();
let timer = 0;
const groups = () => [...document.querySelectorAll(".group:not([hidden])")];
const present = () => document.querySelector(".group.now:not([hidden])") ?? groups()[0];

function go(group, isQuiet = false) {
  for (const old of document.querySelectorAll(".group.now")) old.classList.remove("now");
  if (!group) return;
  group.classList.add("now");
  if (!isQuiet) { group.focus({ preventScroll: true }); group.scrollIntoView({ block: "start" }); }
}
function tell(text, canUndo) {
  toast.firstElementChild.textContent = text;
  toast.lastElementChild.hidden = !canUndo;
  toast.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { toast.hidden = true; }, canUndo ? 15000 : 5000);
}
function recount() {
  const left = document.querySelectorAll(".group:not([hidden]) [name=place]").length;
  document.getElementById("count").textContent = left ? words.count.replace("%n", left) : "";
  document.getElementById("done").hidden = left > 0;
  if (!left) finish();
}
// Exams rest while their review goes on; they are scored when it is over, or when the page is left.
function finish() {
  if (!decided.size) return;
  const body = new FormData();
  body.append("csrf_token", csrf);
  for (const exam of decided) body.append("exam", exam);
  decided.clear();
  navigator.sendBeacon("/review/finish", body);
}
window.addEventListener("pagehide", finish);
async function ask(path, body) {
  const answer = await fetch(path, { method: "POST", body, headers: { "X-CSRF-Token": csrf, Accept: "application/json" } });
  if (answer.status === 401) location.reload();
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail || found.title);
  return found;
}
async function send(group, verdict) {
  const body = new URLSearchParams(new FormData(group));
  body.set("verdict", verdict);
  if (!body.getAll("place").length) { tell(words.none, false); return; }
  const ticked = [...group.querySelectorAll("[name=place]:checked")];
  const list = groups(), next = list[list.indexOf(group) + 1] ?? list[list.indexOf(group) - 1];
  const rest = group.querySelectorAll("[name=place]:not(:checked)").length;
  for (const button of group.querySelectorAll("button")) button.disabled = true;
  try {
    const found = await ask("/review", body);
    if (found.applied.length) made.push({ group, ticked, places: found.applied });
    for (const place of found.applied) decided.add(JSON.parse(place).exam_id);
    for (const box of ticked) box.closest("li").hidden = true, box.disabled = true;
    if (rest) { for (const box of group.querySelectorAll("[name=place]:not(:disabled)")) box.checked = true; } else { group.hidden = true; }
    tell(words.saved.replace("%n", found.applied.length) + (found.skipped ? ` ${words.skipped.replace("%n", found.skipped)}` : ""), found.applied.length > 0);
    go(rest ? group : next);
    recount();
  } catch (error) {
    tell(error instanceof TypeError ? words.offline : error.message, false);
  } finally {
    for (const button of group.querySelectorAll("button")) button.disabled = false;
  }
}
async function undo() {
  const last = made.pop();
  if (!last) return;
  const { group, ticked, places } = last, body = new URLSearchParams();
  for (const place of places) body.append("place", place);
  try {
    await ask("/review/undo", body);
    for (const box of ticked) { box.closest("li").hidden = false; box.disabled = false; box.checked = true; }
    group.hidden = false; go(group); recount(); tell(words.undone, made.length > 0);
  } catch (error) { made.push(last); tell(error instanceof TypeError ? words.offline : error.message, true); }
}
document.getElementById("groups").addEventListener("submit", event => {
  event.preventDefault();
  const inAnswer = document.activeElement?.name === "student_answer", inScore = document.activeElement?.name === "score";
  const pressed = event.submitter && document.activeElement === event.submitter ? event.submitter.value : inAnswer ? "" : inScore ? "partial" : event.submitter?.value ?? "";
  send(event.target, pressed);
});
document.getElementById("groups").addEventListener("focusin", event => { const group = event.target.closest(".group"); if (group) go(group, true); });
toast.lastElementChild.addEventListener("click", undo);
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), select, textarea")) { if (event.key === "Escape") event.target.closest(".group")?.focus(); return; }
  const group = present(), list = groups(), at = list.indexOf(group);
  const acts = { j: () => go(list[at + 1] ?? group), k: () => go(list[at - 1] ?? group), z: undo,
    y: () => group && send(group, "correct"), n: () => group && send(group, "incorrect"), u: () => group && send(group, "unanswered"),
    p: () => group?.querySelector("[name=score]")?.focus(), e: () => group?.querySelector("[name=student_answer]")?.select() };
  const act = acts[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});
go(groups()[0], true);
