// How pictures are laid out: by rows, columns and pages; what tells the rest apart becomes blocks.

const FIXED = ["variant", "pair", "content", "style", "seed"];
const AXES = data.dimensions.filter((name) => !FIXED.includes(name));

function labelsOf(cells, dimension) {
  return [...new Set(cells.map((cell) => cell.labels[dimension]))];
}

const keyOf = (cell, names) => JSON.stringify(names.map((name) => cell.labels[name]));
const countPlaces = (cells, names) => new Set(cells.map((cell) => keyOf(cell, names))).size;

// The dimensions that rows, columns and pages leave open, the pair first.
function openDimensions(taken) {
  const known = (name) => taken.includes(name);
  let open = [];
  if (!known("pair")) {
    open = ["content", "style"].filter((name) => !known(name));
    open = open.length === 2 ? ["pair"] : open;
  }
  const axes = known("variant") ? [] : AXES.filter((name) => !known(name));
  return [...open, ...axes, ...(known("seed") ? [] : ["seed"])];
}

// Those of them without which two cells would share a place.
function blockingDimensions(cells, taken) {
  let kept = openDimensions(taken);
  const places = countPlaces(cells, [...taken, ...kept]);
  for (const name of [...kept].reverse()) {
    const without = kept.filter((other) => other !== name);
    if (countPlaces(cells, [...taken, ...without]) === places) {
      kept = without;
    }
  }
  return kept;
}

// Blocks of cells: { title, rows, columns, places }; a place is a list of cells, mostly of one.
function arrange(cells, rows, columns) {
  const blocking = blockingDimensions(cells, [rows, columns]);
  const ranks = Object.fromEntries([rows, columns, ...blocking].map((name) => {
    const labels = labelsOf(data.cells, name);
    return [name, new Map(labels.map((label, rank) => [label, rank]))];
  }));
  const groups = new Map();
  for (const cell of cells) {
    const key = keyOf(cell, blocking);
    groups.set(key, [...(groups.get(key) || []), cell]);
  }
  const rankOf = (cell) => blocking.map((name) => ranks[name].get(cell.labels[name]));
  const ordered = [...groups.values()].sort((one, other) => {
    const [first, second] = [rankOf(one[0]), rankOf(other[0])];
    const at = first.findIndex((rank, index) => rank !== second[index]);
    return at < 0 ? 0 : first[at] - second[at];
  });
  return ordered.map((group) => makeBlock(group, rows, columns, blocking, ranks));
}

function makeBlock(group, rows, columns, blocking, ranks) {
  const inOrder = (name) => labelsOf(group, name).sort((one, other) => ranks[name].get(one) - ranks[name].get(other));
  const places = new Map();
  for (const cell of group) {
    const key = keyOf(cell, [rows, columns]);
    places.set(key, [...(places.get(key) || []), cell]);
  }
  return {
    title: blocking.map((name) => [name, group[0].labels[name]]),
    rows: inOrder(rows),
    columns: inOrder(columns),
    places: (row, column) => places.get(JSON.stringify([row, column])) || [],
    cells: group,
  };
}

// Where a content or style stands: by the block, by each row, by each column, or nowhere.
function homeOf(block, kind, rows, columns) {
  if (labelsOf(block.cells, kind).length === 1) {
    return "block";
  }
  const isOneEach = (dimension, labels) => labels.every((label) =>
    labelsOf(block.cells.filter((cell) => cell.labels[dimension] === label), kind).length === 1);
  if (isOneEach(rows, block.rows)) {
    return "row";
  }
  return isOneEach(columns, block.columns) ? "column" : "";
}
