// The viewer: one run at a time, beside its content, its style, the baseline and its snapshots.

const viewer = byId("viewer");
const FINAL = "final result"; // beside a snapshot
const looking = { cell: null, shown: "result", against: "", time: -1, part: 50 };

const baselineOf = (cell) => data.cells.find((one) => one.isBaseline && !cell.isBaseline
  && one.labels.pair === cell.labels.pair && one.labels.seed === cell.labels.seed && data.results[one.key])
  || data.cells.find((one) => one.isBaseline && !cell.isBaseline && one.labels.pair === cell.labels.pair && data.results[one.key]);

function pictureOf(cell, kind) {
  if (kind === "content") {
    return data.contents[cell.labels.content];
  }
  if (kind === "style") {
    return data.styles[cell.labels.style];
  }
  if (kind === "baseline") {
    const baseline = baselineOf(cell);
    return baseline && data.results[baseline.key];
  }
  const times = data.snapshots[cell.key] || [];
  if (kind === FINAL) {
    return times.length ? data.results[cell.key] : "";
  }
  return looking.time >= 0 && looking.time < times.length ? times[looking.time][1] : data.results[cell.key];
}

function nameFor(cell, kind) {
  const times = data.snapshots[cell.key] || [];
  if (kind === "result" && looking.time >= 0 && looking.time < times.length) {
    return "result at iteration " + times[looking.time][0];
  }
  return { content: "content: " + cell.labels.content, style: "style: " + cell.labels.style }[kind] || kind;
}

// The stage
function drawStage() {
  const { cell, shown, against } = looking;
  const [under, over] = [pictureOf(cell, shown), against && pictureOf(cell, against)];
  setPicture(byId("under"), under, nameFor(cell, shown) + " of " + describe(cell));
  setPicture(byId("over"), over, over ? nameFor(cell, against) : "");
  byId("nothing").textContent = under ? "" : wordFor(cell) + ": " + (whyEmpty(cell) || "no reason is known");
  byId("over-layer").hidden = byId("divider").hidden = byId("over-tag").hidden = !(under && over);
  byId("under-tag").textContent = nameFor(cell, shown);
  byId("over-tag").textContent = over ? nameFor(cell, against) : "";
  byId("under-tag").hidden = !under;
  setPart(looking.part);
  applyView();
}

function setPicture(image, uri, text) {
  image.hidden = !uri;
  image.alt = text;
  if (uri && image.src !== uri) {
    image.src = uri;
  }
}

function setPart(percent) {
  looking.part = Math.max(0, Math.min(100, percent));
  stage.style.setProperty("--part", looking.part + "%");
  byId("divider").setAttribute("aria-valuenow", Math.round(looking.part));
}

function show(kind) {
  looking.shown = pictureOf(looking.cell, kind) || kind === "result" ? kind : looking.shown;
  for (const radio of byId("shown").querySelectorAll("input")) {
    radio.checked = radio.value === looking.shown;
  }
  drawStage();
}

// The sidebar
function scoreRows(cell) {
  return data.scores.flatMap((score, at) => {
    const value = cell.scores[at];
    if (value === null) {
      return [];
    }
    const text = Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 }).replace(/^-/, "−");
    return [element("div", { title: score.meaning },
      element("dt", {}, score.label), element("dd", {}, text, score.unit && element("span", { className: "muted" }, " " + score.unit)))];
  });
}

function drawScores(cell) {
  const rows = scoreRows(cell);
  const [first, rest] = [rows.slice(0, 3), rows.slice(3)];
  const parts = [element("dl", { className: "scores" }, ...first)];
  if (rest.length) {
    const isOpen = Boolean(byId("viewer-scores").querySelector("details[open]"));
    parts.push(element("details", { open: isOpen }, element("summary", {}, "All " + rows.length + " measurements"),
      element("dl", { className: "scores" }, ...rest)));
  }
  byId("viewer-scores").replaceChildren(...(rows.length ? parts : []));
}

function drawSide(cell) {
  byId("viewer-title").replaceChildren(...nameOf(cell.labels.variant),
    ...(cell.isBaseline ? [element("span", { className: "line word" }, "■ baseline")] : []));
  byId("viewer-case").textContent = cell.labels.pair + ", seed " + cell.labels.seed;
  const flags = cell.flags.map((flag) => element("span", { className: "chip warning" }, "⚑ " + flag));
  if (cell.status !== "FINISHED") {
    flags.push(element("span", { className: "chip warning" }, "⚠ " + wordFor(cell)));
  }
  byId("viewer-flags").replaceChildren(...flags);
  drawScores(cell);
  byId("settings").textContent = data.settings[cell.labels.variant] || "";
  byId("viewer-settings").hidden = !data.settings[cell.labels.variant];
  byId("viewer-link").replaceChildren(...(cell.link
    ? [element("a", { href: cell.link, target: "_blank", rel: "noreferrer noopener" }, "This run in MLflow")] : []));
}

function drawTimes(cell) {
  const times = data.snapshots[cell.key] || [];
  byId("times").hidden = times.length === 0;
  byId("time").max = times.length;
  const at = looking.time >= 0 && looking.time < times.length ? looking.time : times.length;
  byId("time").value = at;
  const iterations = data.scores.findIndex((score) => score.name === "iterations");
  const last = iterations >= 0 && cell.scores[iterations] !== null ? cell.scores[iterations] + ", the result" : "the result";
  byId("time-value").textContent = at < times.length ? times[at][0] : last;
  byId("time").setAttribute("aria-valuetext", byId("time-value").textContent);
}

function drawChoices(cell) {
  const kinds = ["content", "style", "baseline", FINAL].filter((kind) => pictureOf(cell, kind));
  byId("against").replaceChildren(element("option", { value: "" }, "nothing"),
    ...kinds.map((kind) => element("option", { value: kind }, kind)));
  looking.against = kinds.includes(looking.against) ? looking.against : "";
  byId("against").value = looking.against;
  for (const radio of byId("shown").querySelectorAll("input")) {
    radio.disabled = !pictureOf(cell, radio.value) && radio.value !== "result";
  }
}

// Going through the runs
function look(cell) {
  looking.cell = cell;
  const at = shownCells.indexOf(cell);
  byId("viewer-count").textContent = at + 1 + " of " + shownCells.length;
  byId("previous").disabled = at <= 0;
  byId("next").disabled = at >= shownCells.length - 1;
  drawChoices(cell);
  drawTimes(cell);
  drawSide(cell);
  show(looking.shown);
  remember("run", cell.at);
}

function step(by) {
  const following = shownCells[shownCells.indexOf(looking.cell) + by];
  if (following) {
    look(following);
    say(describe(following));
  }
}

function openViewer(cell) {
  looking.time = -1;
  viewer.showModal();
  document.documentElement.classList.add("viewing");
  resetView();
  look(cell);
  byId("viewer-title").focus();
}

function closed() {
  document.documentElement.classList.remove("viewing");
  remember("run", "");
  const tile = tiles.find((one) => Number(one.dataset.at) === looking.cell.at);
  if (tile) {
    focusTile(tile);
  }
}

// Keys and pointers
function pressed(event) {
  const onSlider = event.target.matches("input[type=range], select, #divider");
  const arrows = event.target.matches("input[type=radio]") || onSlider;
  if (event.ctrlKey || event.metaKey || event.altKey || (arrows && event.key.startsWith("Arrow"))) {
    return;
  }
  const actions = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    "+": () => zoomAt(1.5), "=": () => zoomAt(1.5), "-": () => zoomAt(1 / 1.5), 0: resetView,
    r: () => show("result"), c: () => show("content"), s: () => show("style"),
  };
  const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action && !event.target.matches("select")) {
    event.preventDefault();
    action();
  }
}

function startDivider() {
  const divider = byId("divider");
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    setPart((100 * (event.clientX - box.left)) / box.width);
  };
  divider.addEventListener("pointerdown", (event) => {
    divider.setPointerCapture(event.pointerId);
    divider.addEventListener("pointermove", follow);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    divider.addEventListener(name, () => divider.removeEventListener("pointermove", follow));
  }
  divider.addEventListener("keydown", (event) => {
    const targets = { ArrowLeft: looking.part - 2, ArrowRight: looking.part + 2, Home: 0, End: 100 };
    if (event.key in targets) {
      event.preventDefault();
      setPart(targets[event.key]);
    }
  });
}

function restoreViewer() {
  const cell = data.cells[state.get("run")];
  if (cell && shownCells.includes(cell) && !viewer.open) {
    openViewer(cell);
  }
}

function startViewer() {
  for (const kind of ["result", "content", "style"]) {
    const radio = element("input", { type: "radio", name: "shown", value: kind });
    radio.addEventListener("change", () => show(kind));
    byId("shown").append(element("label", {}, radio, element("span", {}, kind)));
  }
  byId("against").addEventListener("change", (event) => {
    looking.against = event.target.value;
    drawStage();
  });
  byId("time").addEventListener("input", (event) => {
    looking.time = Number(event.target.value);
    drawTimes(looking.cell);
    show("result");
  });
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", closed);
  viewer.addEventListener("keydown", pressed);
  new ResizeObserver(applyView).observe(stage);
  for (const image of stageImages()) {
    image.addEventListener("load", applyView);
  }
  startDivider();
  startZoom();
  restoreViewer();
}
