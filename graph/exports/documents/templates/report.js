"use strict";
// Tables are sorted by a click on a head, and long ones filtered; without this script all rows stand in their order.
for (const table of document.querySelectorAll("main table[id]")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, place) => {
    const cell = row.cells[place];
    const shown = cell.querySelector(":scope > a") ?? cell; // without the marks of sources
    const plain = cell.classList.contains("n") ? shown.firstChild?.textContent.trim() ?? "" : "";
    const value = cell.dataset.value ?? plain;
    if (value === "") return cell.textContent.trim();
    return Number.isNaN(Number(value)) ? value : Number(value); // a day is sorted as 2026-11-30
  };
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.classList.add("sort");
    button.addEventListener("click", () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [key(row, place), row]);
      rows.sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : compare(a, b) * (rising ? 1 : -1)));
      body.append(...rows.map(([, row]) => row));
    });
  });
  if ("filter" in table.dataset) {
    const field = document.createElement("input");
    field.type = "search";
    field.className = "filter";
    field.placeholder = "Filter rows";
    field.setAttribute("aria-label", `Filter rows of ${table.caption.textContent}`);
    table.parentElement.before(field);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      for (const row of body.rows) {
        const shown = [...row.cells].filter((cell) => !cell.classList.contains("on")).map((cell) => cell.textContent);
        row.hidden = !shown.join(" ").toLowerCase().includes(wanted);
      }
    });
  }
}
