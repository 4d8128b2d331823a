// The grid of pictures: rows, columns and pages of the reader's choice.

const grids = byId("grids");
const MOST_UNPAGED = 160; // pictures; beyond that the first page is all one wants to wait for
const FAILED = ["FAILED", "KILLED"];
const STYLE_AT = data.scores.findIndex((score) => score.name === "style/gain");
const CONTENT_AT = data.scores.findIndex((score) => score.name === "content/score");
const MOST_SCREENS = 2; // that the table may take before it gets a box to scroll in
let shownCells = []; // in reading order, as the viewer goes through them
let tiles = [];

data.cells.forEach((cell, at) => { cell.at = at; });

const loader = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      entry.target.src = data.results[entry.target.dataset.key];
      loader.unobserve(entry.target);
    }
  }
}, { rootMargin: "800px" });

function loadAll() {
  for (const image of grids.querySelectorAll("img[data-key]")) {
    image.src = data.results[image.dataset.key];
  }
}

function known(name, otherwise) {
  const value = state.get(name);
  return data.dimensions.includes(value) ? value : otherwise;
}

function chosenLayout() {
  let rows = known("rows", data.layout.rows);
  let columns = known("columns", data.layout.columns);
  if (rows === columns) {
    [rows, columns] = [data.layout.rows, data.layout.columns];
  }
  let by = known("by", "");
  if (!by && state.get("by") !== "none" && data.cells.length > MOST_UNPAGED) {
    by = blockingDimensions(data.cells, [rows, columns])[0] || "";
  }
  return { rows, columns, by: by === rows || by === columns ? "" : by };
}

const textOf = (label) => label || "(none)";

// Words
function score(cell, at, letter) {
  const value = at < 0 ? null : cell.scores[at];
  if (value === null) {
    return [];
  }
  const text = value.toFixed(2).replace(/^-/, "−");
  return [element("span", { className: "chip", title: data.scores[at].meaning },
    element("span", { className: "letter" }, letter), " ", text)];
}

const scoresOf = (cell) => [...score(cell, STYLE_AT, "S"), ...score(cell, CONTENT_AT, "K")];

function wordFor(cell) {
  if (FAILED.includes(cell.status)) {
    return "failed";
  }
  return cell.status === "FINISHED" ? "no picture" : cell.status.toLowerCase();
}

function whyEmpty(cell) {
  if (cell.status !== "FINISHED") {
    return cell.reason || (cell.status === "MISSING" ? "not run yet, or removed" : "");
  }
  return "its file is gone or damaged, or found no room here";
}

function describe(cell) {
  const scores = scoresOf(cell).map((chip) => chip.textContent).join(", ");
  const seed = labelsOf(data.cells, "seed").length > 1 ? ", seed " + cell.labels.seed : "";
  const what = data.results[cell.key] ? scores : wordFor(cell);
  return cell.labels.variant + ", " + cell.labels.pair + seed + (what ? ": " + what : "");
}

// Parts of a grid
function sourceFigure(kind, name) {
  const uri = data[kind === "content" ? "contents" : "styles"][name];
  const caption = element("figcaption", {}, name, element("span", { className: "kind" }, kind));
  return element("figure", { className: "source" },
    ...(uri ? [element("img", { src: uri, alt: "", decoding: "async" })] : []), caption);
}

function sourcesOf(cell, kinds) {
  const figures = kinds.map((kind) => sourceFigure(kind, cell.labels[kind]));
  return figures.length ? [element("div", { className: "sources" }, ...figures)] : [];
}

function headerFor(dimension, label, cells, kinds) {
  const sources = sourcesOf(cells[0], kinds);
  const isTold = dimension === "pair" ? kinds.length === 2 : kinds.includes(dimension);
  if (isTold) {
    return sources;
  }
  const name = element("span", { className: "name" });
  if (dimension === "variant") {
    name.append(...nameOf(label));
    if (cells[0].isBaseline) {
      name.append(element("span", { className: "line word" }, "■ baseline"));
    }
  } else {
    const axis = FIXED.includes(dimension) && dimension !== "seed" ? [] : [element("span", { className: "axis" }, dimension), " "];
    name.append(...axis, element("span", { className: "label" }, textOf(label)));
  }
  return [name, ...sources];
}

function tileFor(cell) {
  const tile = element("button", {
    type: "button", className: "tile", tabIndex: -1, dataset: { at: cell.at },
    attributes: { "aria-label": describe(cell), "aria-haspopup": "dialog" },
  });
  const aspect = data.aspects[cell.labels.content] || 1;
  tile.style.setProperty("--aspect", aspect);
  if (data.results[cell.key]) {
    const image = element("img", { alt: "", decoding: "async", dataset: { key: cell.key } });
    loader.observe(image);
    tile.append(image);
  } else {
    tile.classList.add("empty");
    tile.append(element("span", { className: "word" }, wordFor(cell)),
      element("span", { className: "reason" }, whyEmpty(cell)));
  }
  tile.classList.toggle("outlined", cell.isBaseline);
  tile.addEventListener("click", () => openViewer(cell));
  return tile;
}

function cellContents(cell, isAlone, isNamed) {
  const chips = element("div", { className: "chips" }, ...scoresOf(cell),
    ...(cell.isBaseline && !isNamed ? [element("span", { className: "word" }, "■ baseline")] : []),
    ...cell.flags.map((flag) => element("span", { className: "chip warning" }, "⚑ " + flag)));
  const name = isAlone ? [] : [element("div", { className: "small muted" }, cell.labels.variant)];
  return element("div", { className: "place" }, tileFor(cell), chips, ...name);
}

function gridTable(block, at, rows, columns, homes) {
  const kindsAt = (home) => ["content", "style"].filter((kind) => homes[kind] === home);
  const withLabel = (dimension, label) => block.cells.filter((cell) => cell.labels[dimension] === label);
  const head = element("tr", {}, element("td", { className: "corner" }), ...block.columns.map((label) =>
    element("th", { scope: "col" }, ...headerFor(columns, label, withLabel(columns, label), kindsAt("column")))));
  const body = block.rows.map((row, y) => element("tr", {},
    element("th", { scope: "row" }, ...headerFor(rows, row, withLabel(rows, row), kindsAt("row"))),
    ...block.columns.map((column, x) => {
      const cells = block.places(row, column);
      const place = element("td", { dataset: { place: [at, y, x].join(" ") } },
        ...cells.map((cell) => cellContents(cell, cells.length === 1, [rows, columns].includes("variant"))));
      shownCells.push(...cells);
      return place;
    })));
  return element("table", { className: "grid" }, element("thead", {}, head), element("tbody", {}, ...body));
}

function blockElement(block, at, rows, columns) {
  const homes = Object.fromEntries(["content", "style"].map((kind) => [kind, homeOf(block, kind, rows, columns)]));
  const shared = ["content", "style"].filter((kind) => homes[kind] === "block");
  const isPictured = shared.length === 2; // then names stand under the pictures
  const title = block.title.filter(([name]) => !(name === "pair" && isPictured) && !shared.includes(name))
    .map(([name, label]) => (name === "pair" || name === "variant" ? textOf(label) : name + ": " + textOf(label)));
  const heading = element("div", { className: "block-title" },
    ...sourcesOf(block.cells[0], shared),
    ...(title.length ? [element("h3", {}, title.join(" · "))] : []));
  const scroller = element("div", {
    className: "scroller", tabIndex: -1, attributes: { role: "region", "aria-label": ["pictures", ...block.title.map(([, label]) => label)].join(", ") },
  }, gridTable(block, at, rows, columns, homes));
  const hasHeading = title.length > 0 || shared.length > 0;
  return element("div", { className: "block" }, ...(hasHeading ? [heading] : []), scroller);
}

// Drawing all of it
function drawGrid() {
  const { rows, columns, by } = chosenLayout();
  loader.disconnect();
  shownCells = [];
  const pages = by ? labelsOf(data.cells, by) : [];
  const page = pages.includes(state.get("page")) ? state.get("page") : pages[0];
  const cells = by ? data.cells.filter((cell) => cell.labels[by] === page) : data.cells;
  const blocks = arrange(cells, rows, columns);
  grids.replaceChildren(...blocks.map((block, at) => blockElement(block, at, rows, columns)));
  tiles = [...grids.querySelectorAll(".tile")];
  if (tiles.length) {
    tiles[0].tabIndex = 0;
  }
  for (const [name, value] of Object.entries({ rows, columns, by })) {
    byId(name).value = value;
  }
  drawPager(by, pages, page);
  const most = blocks.length > 1 ? 176 : 256; // several blocks stand side by side
  setSize(Math.min(384, Math.max(96, Number(state.get("size")) || defaultSize(rows, columns, cells, most))));
}

function drawPager(by, pages, page) {
  byId("pager").hidden = pages.length < 2;
  byId("page").replaceChildren(...pages.map((label) => element("option", { value: label }, textOf(label))));
  byId("page").value = page;
  const at = pages.indexOf(page);
  byId("page-count").textContent = by + " " + (at + 1) + " of " + pages.length;
  byId("page-back").disabled = at <= 0;
  byId("page-on").disabled = at >= pages.length - 1;
}

function turnPage(step) {
  const select = byId("page");
  select.selectedIndex += step;
  remember("page", select.value);
  drawGrid();
}

// Rows, columns and pages are never the same dimension: the other one takes the old place.
function choose(name, value) {
  const before = chosenLayout();
  const other = ["rows", "columns", "by"].find((one) => one !== name && before[one] === value && value);
  const after = { ...before, [name]: value };
  if (other) {
    after[other] = before[name] || (other === "by" ? "" : unusedDimension(after));
  }
  remember("rows", after.rows === data.layout.rows ? "" : after.rows);
  remember("columns", after.columns === data.layout.columns ? "" : after.columns);
  remember("by", after.by || (data.cells.length > MOST_UNPAGED ? "none" : ""));
  remember("page", "");
  drawGrid();
}

function unusedDimension(layout) {
  return data.dimensions.find((name) => !Object.values(layout).includes(name));
}

function setSize(px) {
  grids.style.setProperty("--tile", px + "px");
  byId("size").value = px;
  fitScrollers();
}

// Tables that fit need no scrolling box, so their headings may stick to the window.
function fitScrollers() {
  const scrollers = [...document.querySelectorAll(".scroller")];
  for (const scroller of scrollers) {
    scroller.classList.remove("wide");
  }
  const wide = scrollers.filter((scroller) => scroller.scrollWidth > scroller.clientWidth + 1
    || (scroller.id === "table-scroller" && scroller.scrollHeight > MOST_SCREENS * innerHeight));
  for (const scroller of scrollers) {
    scroller.classList.toggle("wide", wide.includes(scroller));
    scroller.tabIndex = wide.includes(scroller) ? 0 : -1;
  }
}

// Keys: one picture takes the focus, arrows move it.
function moveFocus(event) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  const tile = event.target.closest(".tile");
  if (!tile || !(event.key in steps)) {
    return;
  }
  event.preventDefault();
  const following = neighbour(tile, steps[event.key]);
  if (following) {
    focusTile(following);
  }
}

function neighbour(tile, [down, right]) {
  if (right) {
    return tiles[tiles.indexOf(tile) + right];
  }
  const [block, , column] = tile.closest("td").dataset.place.split(" ");
  const same = tiles.filter((one) => {
    const place = one.closest("td").dataset.place.split(" ");
    return place[0] === block && place[2] === column;
  });
  return same[same.indexOf(tile) + down] || tiles[tiles.indexOf(same[down < 0 ? 0 : same.length - 1]) + down];
}

function focusTile(tile) {
  for (const one of tiles) {
    one.tabIndex = one === tile ? 0 : -1;
  }
  tile.focus();
  tile.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// As large as lets all columns stand side by side.
function defaultSize(rows, columns, cells, most) {
  const room = grids.clientWidth - (rows === "pair" ? 210 : 150);
  const px = Math.floor(room / Math.max(1, labelsOf(cells, columns).length)) - 14;
  return Math.min(most, Math.max(112, px - (px % 4)));
}

function startGrid() {
  const options = () => data.dimensions.map((name) => element("option", { value: name }, name));
  byId("rows").append(...options());
  byId("columns").append(...options());
  byId("by").append(element("option", { value: "" }, "none"), ...options());
  for (const name of ["rows", "columns", "by"]) {
    byId(name).addEventListener("change", (event) => choose(name, event.target.value));
  }
  byId("page").addEventListener("change", () => turnPage(0));
  byId("page-back").addEventListener("click", () => turnPage(-1));
  byId("page-on").addEventListener("click", () => turnPage(1));
  byId("size").addEventListener("input", (event) => setSize(event.target.value));
  byId("size").addEventListener("change", (event) => remember("size", event.target.value));
  grids.addEventListener("keydown", moveFocus);
  byId("layout").addEventListener("submit", (event) => event.preventDefault());
  byId("layout").hidden = byId("grid-hint").hidden = data.cells.length === 0;
  addEventListener("resize", fitScrollers);
  addEventListener("beforeprint", loadAll);
  drawGrid();
}
