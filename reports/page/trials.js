// The table of a study's trials: sorted by its headings, three presses a round as the variants are.

function startTrials() {
  const trials = byId("trials");
  if (!trials) {
    return;
  }
  const headings = [...trials.tHead.rows[0].cells];
  const order = { at: -1, descending: false };

  const sortTrials = (at) => {
    const rows = [...trials.tBodies[0].rows];
    rows.sort((one, other) => one.dataset.order - other.dataset.order);
    if (at >= 0) {
      rows.sort((one, other) => compareCells(one.cells[at], other.cells[at], order.descending));
    }
    trials.tBodies[0].append(...rows);
    headings.forEach((heading, place) => {
      const isSorted = place === at;
      heading.setAttribute("aria-sort", !isSorted ? "none" : order.descending ? "descending" : "ascending");
      heading.querySelector(".arrow").textContent = !isSorted ? "" : order.descending ? "↓" : "↑";
    });
  };

  headings.forEach((heading, at) => {
    makeSorter(heading, () => {
      const falls = heading.dataset.falls === "yes";
      if (order.at !== at) {
        Object.assign(order, { at, descending: falls });
      } else if (order.descending === falls) {
        order.descending = !falls;
      } else {
        order.at = -1;
      }
      sortTrials(order.at);
    });
  });
}
