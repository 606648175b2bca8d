"use strict";
// Submitting: files are arranged into students here; the API takes each student, or the whole zip.
const words = JSON.parse(document.getElementById("words").textContent);
const csrf = document.querySelector("meta[name=csrf-token]").content;
const el = id => document.getElementById(id);
// A model paper is one student's, and leads to the editor of answer keys.
const form = el("submit"), model = form.dataset.model ?? "", whereTo = exam => `/exams/${exam}${model ? "?model=1" : ""}`, collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
let sheets = [], students = [], batch = null, dragged = null, isSending = false;

const say = (text, kind = "") => { const box = el("said"); box.replaceChildren(); if (text) { const p = document.createElement("p"); p.className = `notice ${kind}`; p.textContent = text; box.append(p); } };
const countWord = (one, many, n) => n === 1 ? words[one] : words[many].replace("%n", n);
const stem = name => name.replace(/\.[^.]*$/, "");
const isPdf = file => file.type === "application/pdf" || /\.pdf$/i.test(file.name);
const isZip = file => /zip/.test(file.type) || /\.zip$/i.test(file.name);

function take(files) {
  const added = [...files];
  if (!added.length || isSending) return;
  say("");
  const zip = added.find(isZip);
  if (zip && model) { say(words.mixed, "bad"); return; }
  if (zip || batch) {
    if (batch || sheets.length || added.length > 1) { say(words.mixed, "bad"); return; }
    batch = { file: zip, parts: [] };
    el("how").hidden = true;
    divide();
    return;
  }
  added.sort((a, b) => collator.compare(a.webkitRelativePath || a.name, b.webkitRelativePath || b.name));
  sheets.push(...added.map(file => ({ file, turn: 0, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null })));
  // Several PDFs are several students; pictures are pages until somebody says otherwise.
  if (!model && sheets.length > 1 && sheets.every(sheet => isPdf(sheet.file))) form.elements.how.value = "each";
  arrange();
}

// A class's single PDF is divided by the server, like a zip; so is shown what it would make of it.
const isClassPdf = () => sheets.length === 1 && isPdf(sheets[0].file) && form.elements.how.value === "deal";

function arrange() {
  const how = form.elements.how.value, per = Math.max(1, Number(el("per").value) || 1);
  if (isClassPdf()) { batch = { file: sheets[0].file, parts: [], per, isPdf: true }; divide(); return; }
  if (batch?.isPdf) batch = null;
  if (how === "one") students = [{ name: students[0]?.name ?? model, sheets: [...sheets] }];
  else {
    const size = how === "each" ? 1 : per;
    students = [];
    for (let at = 0; at < sheets.length; at += size) {
      const part = sheets.slice(at, at + size);
      students.push({ name: how === "each" ? stem(part[0].file.name) : "", sheets: part });
    }
  }
  draw();
}

async function divide() {
  say(words.dividing);
  el("arrange").hidden = false;
  const body = new FormData();
  body.append("files", batch.file);
  if (batch.per) body.append("pages_per_student", batch.per);
  try {
    const asked = batch, answer = await fetch("/submit/division", { method: "POST", body, headers: { "X-CSRF-Token": csrf, Accept: "application/json" } });
    const accepted = await answer.json();
    if (!answer.ok) throw new Error(accepted.detail);
    const found = await divided(`/submit/division/${accepted.batch_id}`);
    // Somebody changed the pages per student, or began anew, while it was being divided.
    if (batch !== asked) return;
    batch.parts = found.parts;
    students = found.parts.map(part => ({ name: part.name ? stem(part.name.split("/").pop()) : "", sheets: [], files: batch.per ?? part.files }));
    say("");
    draw();
  } catch (error) {
    say(error.message, "bad");
    if (!batch?.isPdf) reset(false); else { students = []; draw(); }
  }
}

// A worker divides; this follows it to its end. A gateway that is away for a moment is asked again.
async function divided(address) {
  for (let pause = 150, failures = 0; ; pause = Math.min(pause * 1.5, 2000)) {
    await new Promise(resolve => setTimeout(resolve, pause));
    let found;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang } });
      found = await answer.json();
      if (!answer.ok && answer.status < 500 && answer.status !== 429) throw Object.assign(new Error(found.detail || found.title), { isFinal: true });
      if (!answer.ok) throw new Error(found.detail || found.title);
      failures = 0;
    } catch (error) {
      if (error.isFinal || ++failures > 20) throw error;
      continue;
    }
    if (found.state === "divided") return found;
    if (found.state !== "queued" && found.state !== "dividing") throw new Error(found.error?.detail ?? words.stopped);
  }
}

function draw() {
  students = students.filter(student => student.sheets.length || student.files);
  el("arrange").hidden = !students.length && !sheets.length;
  const total = sheets.length || students.reduce((sum, student) => sum + student.files, 0);
  el("summary").textContent = `${batch?.isPdf ? words.pages.replace("%n", students.length * batch.per) : countWord("file", "files", total)} · ${countWord("student", "students", students.length)}`;
  const sizes = students.map(student => student.sheets.length || student.files), common = [...sizes].sort((a, b) => sizes.filter(n => n === b).length - sizes.filter(n => n === a).length)[0];
  el("students").replaceChildren(...students.map((student, at) => studentCard(student, at, sizes[at] !== common)));
  const send = el("send");
  send.disabled = !students.length || isSending;
  send.textContent = students.length === 1 ? words.submit_one : words.submit_many.replace("%n", students.length);
}

function studentCard(student, at, isOdd) {
  const card = el("student-card").content.cloneNode(true).firstElementChild;
  student.card = card;
  const name = card.querySelector("input"), badge = card.querySelector(".badge"), size = student.sheets.length || student.files;
  name.value = student.name;
  name.addEventListener("input", () => { student.name = name.value; });
  badge.textContent = batch?.isPdf ? words.pages.replace("%n", size) : countWord("file", "files", size);
  if (isOdd) { card.classList.add("odd"); badge.classList.add("warn"); badge.textContent += ` · ${words.odd}`; }
  card.querySelector(".sheets").append(...student.sheets.map(sheet => sheetCard(sheet, student)));
  if (!student.sheets.length) card.querySelector(".sheets").remove();
  card.addEventListener("dragover", event => { if (dragged) { event.preventDefault(); card.classList.add("over"); } });
  card.addEventListener("dragleave", () => card.classList.remove("over"));
  card.addEventListener("drop", event => {
    if (!dragged) return;
    event.preventDefault(); event.stopPropagation();
    const before = event.target.closest(".sheet")?.sheet;
    if (before === dragged.sheet) return;
    dragged.student.sheets.splice(dragged.student.sheets.indexOf(dragged.sheet), 1);
    const place = before ? student.sheets.indexOf(before) : student.sheets.length;
    student.sheets.splice(place, 0, dragged.sheet);
    dragged = null; draw();
  });
  return card;
}

function sheetCard(sheet, student) {
  const card = el("sheet-card").content.cloneNode(true).firstElementChild, picture = card.querySelector(".picture");
  card.sheet = sheet;
  card.querySelector(".name").textContent = sheet.file.name;
  card.title = sheet.file.name;
  if (sheet.url) {
    const image = document.createElement("img");
    image.src = sheet.url; image.alt = sheet.file.name; image.className = `turn-${sheet.turn}`;
    image.addEventListener("error", () => { picture.textContent = words.unsupported; });
    picture.append(image);
  } else { picture.textContent = isPdf(sheet.file) ? "PDF" : sheet.file.name.split(".").pop().toUpperCase(); card.querySelector("[data-do=turn]").hidden = true; }
  card.addEventListener("dragstart", event => { dragged = { sheet, student }; event.dataTransfer.effectAllowed = "move"; card.classList.add("is-dragged"); });
  card.addEventListener("dragend", () => { dragged = null; card.classList.remove("is-dragged"); });
  card.addEventListener("click", event => {
    const act = event.target.dataset.do;
    if (!act || isSending) return;
    const at = student.sheets.indexOf(sheet), whose = students.indexOf(student);
    if (act === "turn") sheet.turn = (sheet.turn + 90) % 360;
    else if (act === "drop") { student.sheets.splice(at, 1); sheets.splice(sheets.indexOf(sheet), 1); }
    else {
      const to = act === "left" ? at - 1 : at + 1;
      student.sheets.splice(at, 1);
      if (to < 0 && students[whose - 1]) students[whose - 1].sheets.push(sheet); // over the edge: to the neighbour
      else if (to > student.sheets.length && students[whose + 1]) students[whose + 1].sheets.unshift(sheet);
      else student.sheets.splice(Math.max(0, to), 0, sheet);
    }
    draw();
    [...document.querySelectorAll(".sheet")].find(other => other.sheet === sheet)?.querySelector(`[data-do=${act}]`)?.focus();
  });
  return card;
}

// A picture that was turned is drawn anew; what was not is sent as it is.
async function bytesOf(sheet) {
  if (!sheet.turn) return sheet.file;
  const image = await createImageBitmap(sheet.file), isSide = sheet.turn % 180 !== 0, canvas = document.createElement("canvas");
  canvas.width = isSide ? image.height : image.width; canvas.height = isSide ? image.width : image.height;
  const pen = canvas.getContext("2d");
  pen.translate(canvas.width / 2, canvas.height / 2); pen.rotate(sheet.turn * Math.PI / 180); pen.drawImage(image, -image.width / 2, -image.height / 2);
  return new Promise(done => canvas.toBlob(done, "image/jpeg", .93));
}

function declared(body, force) {
  for (const name of ["paper_id", "language", "subject", "grade"]) if (form.elements[name].value.trim()) body.append(name, form.elements[name].value.trim());
  if (force) body.append("force", "true");
}

// Sends a form, again and again while there is no connection: the key makes the repetition harmless.
async function post(path, body, key, onProgress, say_) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15000)) {
    const answer = await new Promise(done => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      request.setRequestHeader("X-CSRF-Token", csrf);
      request.setRequestHeader("Idempotency-Key", key);
      request.setRequestHeader("Accept-Language", document.documentElement.lang);
      request.setRequestHeader("Accept", "application/json");
      request.upload.onprogress = event => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
      request.onload = () => done(request);
      request.onerror = request.onabort = () => done(null);
      request.send(body);
    });
    if (answer && ![429, 502, 503, 504].includes(answer.status)) return { status: answer.status, body: JSON.parse(answer.responseText) };
    say_(words.retrying);
    const asked = Number(answer?.getResponseHeader("Retry-After"));
    await new Promise(done => { setTimeout(done, asked ? asked * 1000 : pause); window.addEventListener("online", done, { once: true }); });
  }
}

const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");

async function sendStudent(student, force = false) {
  const box = student.card.querySelector(".outcome"), bar = document.createElement("progress"), note = document.createElement("p");
  bar.max = 1; bar.setAttribute("aria-label", words.uploading); note.className = "small quiet"; note.textContent = words.uploading;
  box.replaceChildren(bar, note);
  const body = new FormData();
  declared(body, force);
  if (student.name.trim()) body.append("student_ref", student.name.trim());
  for (const sheet of student.sheets) body.append("files", await bytesOf(sheet), sheet.file.name);
  if (force || !student.key) student.key = randomKey();
  const answer = await post("/api/v1/exams", body, student.key, share => { bar.value = share; }, text => { note.textContent = text; });
  box.replaceChildren();
  const p = document.createElement("p"), link = (href, text) => { const a = document.createElement("a"); a.href = href; a.textContent = text; return a; };
  if (answer.status === 202) { student.exam = answer.body.exam_id; p.className = "notice good"; p.append(`${words.sent}. `, link(`/exams/${student.exam}`, words.open)); }
  else if (answer.status === 200 && answer.body.duplicate) {
    const again = document.createElement("button");
    again.type = "button"; again.className = "button tiny"; again.textContent = words.anyway;
    again.addEventListener("click", () => sendStudent(student, true));
    p.className = "notice warn";
    p.append(`${words.duplicate} `, link(`/exams/${answer.body.duplicate.of}`, words.see), " ", again);
  } else {
    const again = document.createElement("button");
    again.type = "button"; again.className = "button tiny"; again.textContent = words.again;
    again.addEventListener("click", () => { student.key = null; sendStudent(student); });
    p.className = "notice bad";
    p.append(`${answer.body.detail || answer.body.title} `, again);
  }
  box.append(p);
  if (force && student.exam && students.length === 1) location.assign(whereTo(student.exam));
  return answer.status === 202;
}

function csvCell(text) { return `"${text.replaceAll('"', '""')}"`; }

async function sendBatch() {
  const names = students.map(student => student.name.trim()), given = names.filter(Boolean);
  if (given.length && (given.length < names.length || new Set(given).size < given.length)) { say(words.names, "bad"); return false; }
  const body = new FormData();
  declared(body, false);
  if (batch.per) body.append("pages_per_student", batch.per);
  body.append("files", batch.file);
  if (given.length) body.append("roster", new Blob([["student_ref", ...names.map(csvCell)].join("\n")], { type: "text/csv" }), "roster.csv");
  batch.key ??= randomKey();
  const bar = el("all");
  bar.hidden = false;
  const answer = await post("/api/v1/batches", body, batch.key, share => { bar.value = share * 100; }, text => say(text, "warn"));
  bar.hidden = true;
  if (answer.status !== 202) { batch.key = null; say(answer.body.detail || answer.body.title, "bad"); return false; }
  say(words.dividing);
  try {
    await divided(`/api/v1/batches/${answer.body.batch_id}`);
  } catch (error) {
    batch.key = null;
    say(error.message, "bad");
    return false;
  }
  const paper = form.elements.paper_id.value;
  location.assign(paper ? `/exams?paper_id=${paper}` : "/exams");
  return true;
}

form.addEventListener("submit", async event => {
  event.preventDefault();
  if (isSending) return;
  say("");
  isSending = true; el("send").disabled = true;
  if (batch) { if (!await sendBatch()) { isSending = false; el("send").disabled = false; } return; }
  let sent = 0;
  for (const student of students) if (!student.exam && await sendStudent(student)) sent += 1;
  isSending = false;
  const all = students.every(student => student.exam);
  el("send").disabled = all;
  if (all && students.length === 1) location.assign(whereTo(students[0].exam));
  else if (all) { say(words.watch, "good"); const a = document.createElement("a"); a.href = "/exams"; a.textContent = words.open; el("said").firstChild.append(" ", a); a.focus(); }
});

function reset(clearSaid = true) {
  for (const sheet of sheets) if (sheet.url) URL.revokeObjectURL(sheet.url);
  sheets = []; students = []; batch = null; el("how").hidden = Boolean(model);
  if (clearSaid) say("");
  draw();
}
if (model) el("how").hidden = true;
el("clear").addEventListener("click", () => { if (!isSending) { reset(); document.querySelector("[data-picks]").focus(); } });
el("how").addEventListener("change", arrange);
el("per").addEventListener("input", () => { form.elements.how.value = "deal"; if (!isClassPdf()) arrange(); });
for (const button of document.querySelectorAll("[data-picks]")) button.addEventListener("click", () => el(button.dataset.picks).click());
for (const input of document.querySelectorAll(".drop input")) input.addEventListener("change", () => { take(input.files); input.value = ""; });
const drop = el("drop");
for (const kind of ["dragover", "dragenter"]) drop.addEventListener(kind, event => { event.preventDefault(); drop.classList.add("over"); });
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", event => { event.preventDefault(); take(event.dataTransfer.files); });
document.addEventListener("paste", event => { if (event.clipboardData?.files.length) take(event.clipboardData.files); });
window.addEventListener("beforeunload", event => { if (isSending && !batch) event.preventDefault(); });
