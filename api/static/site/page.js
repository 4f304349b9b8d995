/* What pages do better with scripts: tables sort by their heads, Escape closes a panel, a panel that would leave the
   window opens to the other side. Without scripts all of it is there to read. */
"use strict";

const valueOf = (cell) => {
  const stated = cell.dataset.v ?? cell.textContent.trim().replace(/[,\s]/g, "");
  const number = Number.parseFloat(stated.replace(/^[≤≥≈]/, ""));
  return Number.isNaN(number) ? (stated === "" || stated.startsWith("–") ? null : stated.toLowerCase()) : number;
};

const compare = (a, b) => {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? b - a : a.localeCompare(b);
};

/* Rows are sorted between sums and heads of groups, which stay where they are. */
const sortBody = (body, column, turned) => {
  let run = [];
  const place = (before) => {
    run.sort((a, b) => compare(valueOf(a.cells[column]), valueOf(b.cells[column])) * turned);
    run.forEach((row) => body.insertBefore(row, before));
    run = [];
  };
  [...body.rows].forEach((row) => {
    if (row.matches(".sum, .grp") || !row.cells[column]) place(row);
    else run.push(row);
  });
  place(null);
};

const columnOf = (head) => {
  let column = 0;
  for (let cell = head.previousElementSibling; cell; cell = cell.previousElementSibling) column += cell.colSpan;
  return column + head.colSpan - 1;
};

const sortBy = (head) => {
  const table = head.closest("table");
  const again = head.getAttribute("aria-sort") === "descending";
  table.querySelectorAll("thead th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", again ? "ascending" : "descending");
  for (const body of table.tBodies) sortBody(body, columnOf(head), again ? -1 : 1);
};

const makeSortable = () => document.querySelectorAll("table.cards thead th, table.sorts thead th").forEach((head) => {
  if (!head.textContent.trim() || head.querySelector("button.sort, a")) return;  // a link orders the whole list
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sort";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sortBy(head));
  head.append(button);
});
makeSortable();
document.addEventListener("swapped", makeSortable);  // a script has put other tables in their place

const fit = (panel) => {
  panel.classList.remove("flip");
  const box = panel.getBoundingClientRect();
  panel.classList.toggle("flip", box.right > document.documentElement.clientWidth);
};

document.addEventListener("toggle", (event) => {
  const opened = event.target;
  if (!(opened instanceof HTMLDetailsElement) || !opened.open) return;
  const panel = opened.querySelector(":scope > .who");
  if (panel) fit(panel);
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const opened = document.querySelector("details[name=fig][open]");
  if (!opened) return;
  opened.open = false;
  opened.querySelector("summary").focus();
});

/* A figure that is a link to its statements becomes one that opens them here; where they do not come, it stays a link. */
const openStatements = async (link) => {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const panel = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#panel > .who");
  if (!answer.ok || !panel) throw new Error("no statements");
  const figure = document.createElement("details");
  figure.className = "fig";
  figure.name = "fig";
  const summary = document.createElement("summary");
  summary.append(...link.childNodes);
  figure.append(summary, panel);
  link.replaceWith(figure);
  figure.open = true;
  summary.focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-statements]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openStatements(link).catch(() => location.assign(link.href));
});

document.addEventListener("click", (event) => {
  document.querySelectorAll("details[name=fig][open]").forEach((opened) => {
    if (!opened.contains(event.target)) opened.open = false;
  });
});
