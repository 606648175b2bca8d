"use strict";
// What all pages share: asking before what cannot be undone, telling of a lost network, sorting.
document.addEventListener("submit", event => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
document.addEventListener("htmx:confirm", event => {
  const question = event.detail.elt.dataset.confirm;
  if (!question) return;
  event.preventDefault();
  if (window.confirm(question)) event.detail.issueRequest(true);
});

const offline = document.getElementById("offline");
const setOffline = is => { if (offline) offline.hidden = !is; };
document.addEventListener("htmx:sendError", () => setOffline(true));
document.addEventListener("htmx:afterOnLoad", () => setOffline(false));
window.addEventListener("offline", () => setOffline(true));
window.addEventListener("online", () => { setOffline(false); document.body.dispatchEvent(new Event("back-online")); });

// Exams that run are told of by a stream: what shows them asks again at once. Asking every ten seconds
// goes on, for where no stream comes through. A hidden tab listens to nothing: browsers have few
// connections to one address.
// The block keeps the names from other scripts of the page.
{
  let stream = null, streamed = "", told = 0;
  const tell = () => { told ||= setTimeout(() => { told = 0; document.body.dispatchEvent(new Event("exam-changed")); }, 400); };
  function listen() {
    const exams = document.hidden ? [] : [...document.querySelectorAll("[data-live]")].map(shown => shown.dataset.live).slice(0, 40).sort();
    const address = exams.length ? `/watch/events?${exams.map(exam => `exam=${exam}`).join("&")}` : "";
    if (address === streamed) return;
    stream?.close();
    streamed = address;
    stream = address ? new EventSource(address) : null;
    stream?.addEventListener("change", tell);
  }
  document.addEventListener("htmx:afterSettle", listen);
  document.addEventListener("visibilitychange", () => { listen(); if (!document.hidden) tell(); });
  window.addEventListener("pagehide", () => { stream?.close(); streamed = ""; });
  window.addEventListener("pageshow", listen);

  // Between two answers a bar goes on by the time that is expected, and never back.
  const shown = new Map(), begun = new WeakMap();
  setInterval(() => {
    for (const bar of document.querySelectorAll("progress[data-left]")) {
      if (!begun.has(bar)) begun.set(bar, { at: Date.now(), from: Math.max(bar.value, shown.get(bar.dataset.exam) ?? 0) });
      const { at, from } = begun.get(bar), share = Math.min((Date.now() - at) / 1000 / Math.max(Number(bar.dataset.left), 1), 1);
      bar.value = Math.max(from, from + (98 - from) * share);
      shown.set(bar.dataset.exam, bar.value);
    }
  }, 500);
}

// A filter acts when it is chosen; without scripts its button does.
document.addEventListener("change", event => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});

// Sortable tables: the value of a cell is its data-value, otherwise its text.
for (const button of document.querySelectorAll("button.sort")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const at = [...head.parentNode.children].indexOf(head);
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = row => { const cell = row.children[at]; return cell.dataset.value ?? cell.textContent.trim(); };
    const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
    const rows = [...body.rows].filter(row => !row.classList.contains("mean"));
    rows.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1; // what is unknown comes last
      return (up ? 1 : -1) * compare(x, y);
    });
    body.prepend(...rows);
  });
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard?.writeText(field.value);
    button.textContent = button.dataset.done;
  });
}
