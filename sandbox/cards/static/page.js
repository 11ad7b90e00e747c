// What the pages do in a browser. Everything works without it too: forms are sent and answered with a page.
//
// - A form is sent in the background; a refusal is shown at the bottom and nothing typed is lost.
// - The page asks every other second whether anything changed on the portal, and takes over what did. A form somebody is
//   filling in stays as it is.
// - Cards of a board are dragged; the button on each opens a dialog that does the same.
"use strict";

const EVERY = 2000;
let version = Number(document.body.dataset.version);
let dragged = null;

// ----- sending -----

async function send(path, pairs, element) {
  element?.classList.add("busy");
  try {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(pairs), headers: { Accept: "application/json" } });
    const told = await answer.json();
    if (told.error) throw new Error(told.error);
    return told.go;
  } catch (problem) {
    toast(problem.message);
    return null;
  } finally {
    element?.classList.remove("busy");
  }
}

async function go(path) {
  const there = new URL(path, location.href);
  if (there.pathname === location.pathname) {
    history.replaceState(null, "", there);
    await refresh();
  } else {
    location.assign(there);
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-open")) return;
  event.preventDefault();
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const path = await send(form.getAttribute("action") || location.href, new FormData(form, event.submitter), event.submitter);
  if (path === null) return;
  form.closest("dialog")?.close();
  form.reset();
  delete form.dataset.dirty;
  if (form.hasAttribute("data-auto")) location.reload();
  else await go(path);
});

document.addEventListener("input", (event) => {
  if (event.target.form && !event.target.form.hasAttribute("data-auto")) event.target.form.dataset.dirty = "";
});

document.addEventListener("change", (event) => {
  if (event.target.form?.hasAttribute("data-auto")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-swap]");
  const opener = event.target.closest("[data-dialog]");
  const mover = event.target.closest("[data-move]");
  const more = event.target.closest("[data-more]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    link.closest(".paper")?.querySelector("form")?.removeAttribute("data-dirty");
    await go(link.href);
  } else if (opener) {
    document.getElementById(opener.dataset.dialog).showModal();
  } else if (mover) {
    openMover(mover);
  } else if (more) {
    const last = more.previousElementSibling.lastElementChild;
    const another = last.cloneNode(true);
    another.value = "";
    another.removeAttribute("id");
    last.after(another);
    another.focus();
    another.form.dataset.dirty = "";
  } else if (event.target.closest("[data-close]") || event.target.nodeName === "DIALOG") {
    event.target.closest("dialog").close();
  }
});

function openMover(button) {
  const dialog = document.getElementById("move");
  const here = button.closest("[data-column]").dataset.column;
  dialog.querySelector("[name=item]").value = button.dataset.move;
  dialog.querySelector("h2").textContent = "Переместить «" + button.closest(".tile").querySelector(".title").textContent + "»";
  for (const choice of dialog.querySelectorAll("[name=column]")) choice.disabled = choice.value === here;
  dialog.showModal();
}

let hiding = 0;
function toast(words) {
  const place = document.getElementById("toast");
  place.textContent = words;
  place.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => place.classList.remove("shown"), 8000);
}

// ----- dragging -----

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-item]");
  if (!dragged) return;
  event.dataTransfer.setData("text/plain", dragged.dataset.item);
  event.dataTransfer.effectAllowed = "move";
  dragged.classList.add("dragged");
});

document.addEventListener("dragover", (event) => {
  const column = dragged && event.target.closest?.("[data-column]");
  if (!column) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".column.over")) if (other !== column) other.classList.remove("over");
  column.classList.add("over");
});

document.addEventListener("drop", async (event) => {
  const column = dragged && event.target.closest?.("[data-column]");
  if (!column) return;
  event.preventDefault();
  const tile = dragged;
  const elsewhere = tile.closest("[data-column]") !== column;
  endDrag();
  if (!elsewhere) return;
  column.querySelector(".tiles").prepend(tile);
  await send(location.href, { do: "move", item: tile.dataset.item, column: column.dataset.column }, tile);
  await refresh();
});

document.addEventListener("dragend", endDrag);

function endDrag() {
  dragged?.classList.remove("dragged");
  dragged = null;
  for (const column of document.querySelectorAll(".column.over")) column.classList.remove("over");
}

// ----- what is current is in sight -----

for (const strip of document.querySelectorAll(".side, .stages")) {
  const current = strip.querySelector("[aria-current]");
  if (current) strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}

for (const form of document.querySelectorAll("form[data-open]")) form.submit();

// ----- keeping up with the portal -----

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  version = Number(fresh.body.dataset.version);
  document.title = fresh.title;
  for (const id of ["top", "side", "main"]) {
    const now = document.getElementById(id);
    const then = fresh.getElementById(id);
    if (now && then) morph(now, then);
  }
}

async function look() {
  if (document.hidden || dragged) return;
  let told;
  try {
    told = await (await fetch(document.body.dataset.changes + "?after=" + version)).json();
    if (told.changed) await refresh();
    else version = told.last;
    document.body.classList.remove("lost");
  } catch {
    document.body.classList.add("lost");
  }
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, EVERY);
}
setTimeout(keepLooking, EVERY);
document.addEventListener("visibilitychange", look);

// Makes one tree like another, in place: nodes that stay keep focus, scroll and what was typed.
function morph(now, then) {
  if (now.nodeType !== then.nodeType || now.nodeName !== then.nodeName || now.id !== then.id) {
    now.replaceWith(then.cloneNode(true));
    return;
  }
  if (now.nodeType !== Node.ELEMENT_NODE) {
    if (now.nodeValue !== then.nodeValue) now.nodeValue = then.nodeValue;
    return;
  }
  if (now.hasAttribute("data-keep") || now.hasAttribute("data-dirty") || now.contains(document.activeElement) && now.nodeName === "SELECT") return;
  if (now.nodeName === "DIALOG" && now.open) return;
  likeAttributes(now, then);
  likeChildren(now, then);
}

function likeAttributes(now, then) {
  const keep = now.nodeName === "DETAILS" || now.nodeName === "DIALOG" ? "open" : "";
  for (const { name } of [...now.attributes]) if (!then.hasAttribute(name) && name !== keep) now.removeAttribute(name);
  for (const { name, value } of then.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  if (now.nodeName === "INPUT" && now !== document.activeElement) {
    now.value = then.getAttribute("value") ?? "";
    now.checked = then.hasAttribute("checked");
  }
}

function likeChildren(now, then) {
  const named = new Map([...now.children].filter((child) => child.id).map((child) => [child.id, child]));
  let here = now.firstChild;
  for (const wanted of [...then.childNodes]) {
    const known = wanted.id ? named.get(wanted.id) : null;
    if (known) {
      if (known !== here) now.insertBefore(known, here);
      else here = here.nextSibling;
      morph(known, wanted);
    } else if (here && !here.id && !wanted.id && here.nodeName === wanted.nodeName) {
      const next = here.nextSibling;
      morph(here, wanted);
      here = next;
    } else {
      now.insertBefore(wanted.cloneNode(true), here);
    }
  }
  while (here) {
    const next = here.nextSibling;
    here.remove();
    here = next;
  }
}
