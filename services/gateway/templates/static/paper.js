"use strict";
// The table editor: more rows, a running total, and cells pasted from a spreadsheet.
const table = document.querySelector(".key-table"), body = table.tBodies[0], total = document.getElementById("total");
const names = ["section", "number", "type", "answer", "points", "knowledge_points"];
const cell = (row, name) => row.querySelector(`[name=${name}]`);
function count() {
  const rows = [...body.rows].filter(row => cell(row, "number").value.trim() || cell(row, "answer").value.trim());
  const points = rows.reduce((sum, row) => sum + (Number(cell(row, "points").value) || 0), 0);
  total.textContent = total.dataset.words.replace("%q", rows.length).replace("%p", Math.round(points * 100) / 100);
}
function addRow() {
  const last = body.rows[body.rows.length - 1], row = last.cloneNode(true), number = body.rows.length + 1;
  row.id = `row-${number}`; row.className = "";
  for (const shown of row.querySelectorAll(".key-crop, .key-crop + p, .badge")) shown.remove();
  for (const field of row.querySelectorAll("input, select")) {
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-label", (field.getAttribute("aria-label") ?? "").replace(/\d+/, number));
    if (!["section", "type", "points"].includes(field.name)) field.value = "";
  }
  cell(row, "type").value = cell(last, "type").value; cell(row, "points").value = cell(last, "points").value; cell(row, "section").value = cell(last, "section").value;
  body.append(row);
  return row;
}
document.getElementById("more")?.addEventListener("click", () => { const first = addRow(); for (let i = 0; i < 4; i += 1) addRow(); cell(first, "number").focus(); });
body.addEventListener("input", count);
body.addEventListener("paste", event => {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const start = [...body.rows].indexOf(event.target.closest("tr")), from = names.indexOf(event.target.name);
  text.trimEnd().split(/\r?\n/).forEach((line, down) => {
    const row = body.rows[start + down] ?? addRow();
    line.split("\t").forEach((value, right) => { const field = names[from + right] && cell(row, names[from + right]); if (field) field.value = value.trim(); });
  });
  count();
});
// One figure for every row that has a question: papers on which each counts the same.
document.getElementById("points-all")?.addEventListener("change", event => {
  for (const row of body.rows) if (cell(row, "number").value.trim() || cell(row, "answer").value.trim()) cell(row, "points").value = event.target.value.trim();
  count();
});
document.getElementById("errors")?.focus();
count();
