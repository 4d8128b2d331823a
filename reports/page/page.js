"use strict";
// What every part of the page uses: its data, elements, the state in the address, the theme, copies.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const ABSENT = "—";

function element(name, properties, ...children) {
  const made = document.createElement(name);
  const { dataset, attributes, ...plain } = properties || {};
  Object.assign(made, plain);
  Object.assign(made.dataset, dataset);
  for (const [key, value] of Object.entries(attributes || {})) {
    made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function say(text) {
  byId("said").textContent = text;
}

// The name of a variant, an axis and its label a line.
function nameOf(variant) {
  const lines = data.lines[variant] || [["", variant]];
  return lines.map(([axis, label]) => element("span", { className: "line" },
    ...(axis ? [element("span", { className: "axis" }, axis, element("span", { className: "away" }, "=")), " "] : []),
    element("span", { className: "label" }, label)));
}

// State: what a reader chose, kept in the address so that a link brings it back.
const state = new Map();

function readAddress() {
  state.clear();
  const text = location.hash.slice(1);
  if (text.includes("=")) {
    for (const [key, value] of new URLSearchParams(text)) {
      state.set(key, value);
    }
  }
}

function remember(key, value) {
  if (value === null || value === "") {
    state.delete(key);
  } else {
    state.set(key, String(value));
  }
  const text = new URLSearchParams([...state]).toString();
  try {
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  } catch {
    // Some browsers forbid it for files: the page works, a link restores nothing.
  }
}

// Theme
const THEMES = ["auto", "light", "dark"];
const THEME_KEY = "style-harness theme";

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = "Theme: " + theme;
}

function startTheme() {
  let theme = "auto";
  try {
    theme = localStorage.getItem(THEME_KEY) || theme;
  } catch {
    // Nothing is kept then.
  }
  setTheme(THEMES.includes(theme) ? theme : "auto");
  byId("theme").addEventListener("click", () => {
    const following = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length];
    setTheme(following);
    try {
      localStorage.setItem(THEME_KEY, following);
    } catch {
      // Nothing is kept then.
    }
  });
}

// Copies: by the clipboard, else the text is selected for the reader to copy.
async function copy(button) {
  const place = byId(button.dataset.copies);
  let told = "Copied";
  try {
    await navigator.clipboard.writeText(place.textContent);
  } catch {
    getSelection().selectAllChildren(place);
    told = "Selected: copy with the keyboard";
  }
  button.textContent = told;
  say(told);
  setTimeout(() => { button.textContent = "Copy"; }, 2500);
}

function startCopies() {
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.addEventListener("click", () => copy(button));
  }
}
