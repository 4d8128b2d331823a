// The table of variants: sorted by its headings, with columns that a reader adds.

const table = byId("variants");
const ORDER = { key: "", descending: false };

function headings() {
  return [...table.tHead.rows[0].cells];
}

function makeSorter(heading, onPress) {
  const button = element("button", { type: "button", className: "sorter" }, ...heading.childNodes);
  button.append(element("span", { className: "arrow", attributes: { "aria-hidden": "true" } }));
  button.addEventListener("click", onPress);
  heading.replaceChildren(button);
  heading.setAttribute("aria-sort", "none");
}

const sortable = (heading) => makeSorter(heading, () => sortNext(heading));

// First the best above, then the worst above, then the sweep's own order.
function sortNext(heading) {
  const key = heading.dataset.key;
  const falls = heading.dataset.falls === "yes";
  if (ORDER.key !== key) {
    sortBy(key, falls);
  } else if (ORDER.descending === falls) {
    sortBy(key, !falls);
  } else {
    sortBy("", false);
  }
}

function sortBy(key, descending) {
  const at = headings().findIndex((heading) => heading.dataset.key === key);
  ORDER.key = at < 0 ? "" : key;
  ORDER.descending = descending;
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => one.dataset.order - other.dataset.order);
  if (at >= 0) {
    rows.sort((one, other) => compareCells(one.cells[at], other.cells[at], descending));
  }
  table.tBodies[0].append(...rows);
  for (const heading of headings()) {
    const isSorted = heading.dataset.key === ORDER.key;
    heading.setAttribute("aria-sort", !isSorted ? "none" : descending ? "descending" : "ascending");
    heading.querySelector(".arrow").textContent = !isSorted ? "" : descending ? "↓" : "↑";
  }
  remember("sort", ORDER.key && ORDER.key + (descending ? " down" : " up"));
}

const inWords = new Intl.Collator("en", { numeric: true });

// Numbers by size, words by letters, cells without a number last in both directions.
function compareCells(one, other, descending) {
  const numbers = [one, other].map((cell) => (cell.dataset.sort === undefined ? null : Number(cell.dataset.sort)));
  const turn = descending ? -1 : 1;
  if (numbers.every((number) => number === null)) {
    return turn * inWords.compare(one.textContent.trim(), other.textContent.trim());
  }
  if (numbers.includes(null)) {
    return numbers[0] === null ? 1 : -1;
  }
  return turn * (numbers[0] - numbers[1]);
}

// Further columns
function entryCell(column, entry) {
  const cell = element("td", { className: column.is_words ? "words" : "number" });
  if (entry.sort !== null) {
    cell.dataset.sort = entry.sort;
  }
  const value = element("span", { className: "value" });
  if (entry.mark) {
    value.append(element("span", { className: "sign", title: entry.meaning }, entry.mark,
      element("span", { className: "away" }, entry.meaning + ": ")), " ");
  }
  value.append(entry.text);
  cell.append(value);
  for (const name of ["detail", "note"]) {
    if (entry[name]) {
      cell.append(" ", element("span", { className: name }, entry[name]));
    }
  }
  return cell;
}

function showColumn(column) {
  // Before the verdict, which stays at the end.
  const heading = element("th", {
    scope: "col", title: column.meaning, className: column.is_words ? "words" : "number",
    dataset: { key: column.key, falls: column.falls ? "yes" : "no" },
  }, column.label);
  const at = headings().length - 1;
  table.tHead.rows[0].insertBefore(heading, headings()[at]);
  sortable(heading);
  for (const row of table.tBodies[0].rows) {
    row.insertBefore(entryCell(column, column.entries[row.dataset.order]), row.cells[at]);
  }
}

function hideColumn(key) {
  const at = headings().findIndex((heading) => heading.dataset.key === key);
  if (ORDER.key === key) {
    sortBy("", false);
  }
  for (const row of table.rows) {
    row.cells[at].remove();
  }
}

function chosenColumns() {
  return [...byId("choices").querySelectorAll("input:checked")].map((box) => box.value);
}

const GROUPS = { style: "Style", content: "Content", second: "Second opinion", picture: "Picture" };

function offerColumns() {
  const groups = new Map();
  for (const column of data.columns) {
    const box = element("input", { type: "checkbox", value: column.key });
    box.addEventListener("change", () => {
      if (box.checked) {
        showColumn(column);
      } else {
        hideColumn(column.key);
      }
      remember("show", chosenColumns().join(","));
      fitScrollers();
    });
    const choice = element("label", { title: column.meaning }, box, " ", column.label,
      element("span", { className: "muted small" }, column.meaning));
    const group = GROUPS[column.key.split("/")[0]] || "Other";
    groups.set(group, [...(groups.get(group) || []), choice]);
  }
  for (const [group, choices] of groups) {
    byId("choices").append(element("fieldset", {}, element("legend", {}, group), ...choices));
  }
  byId("more").hidden = data.columns.length === 0;
}

function openPicker(isOpen) {
  byId("choices").hidden = !isOpen;
  byId("more").setAttribute("aria-expanded", String(isOpen));
}

function startPicker() {
  byId("more").addEventListener("click", () => openPicker(byId("choices").hidden));
  byId("choices").addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      openPicker(false);
      byId("more").focus();
    }
  });
}

function restoreTable() {
  const [sort, show] = [state.get("sort") || "", state.get("show") || ""];
  const wanted = new Set(show.split(","));
  for (const box of byId("choices").querySelectorAll("input")) {
    if (box.checked !== wanted.has(box.value)) {
      box.click();
    }
  }
  const cut = sort.lastIndexOf(" ");
  sortBy(sort.slice(0, Math.max(0, cut)), sort.slice(cut + 1) === "down");
}

function startTable() {
  headings().forEach(sortable);
  offerColumns();
  startPicker();
  restoreTable();
}
