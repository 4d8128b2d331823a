"use strict";
(() => {
  const SCHEMA_VERSION = 1;
  const byId = (id) => document.getElementById(id);
  const ballot = JSON.parse(byId("ballot").textContent);
  const total = ballot.questions.length;
  let state = null; // of the aim that is judged: session, aim, voter, answers
  let shownAt = 0;

  // Storage: one entry for each aim of this ballot. A browser may refuse to keep anything.
  const keyOf = (aim) => "style-harness vote " + ballot.id + " " + aim;
  const volatile = () => { byId("volatile").hidden = false; };

  function load(aim) {
    try {
      const found = JSON.parse(localStorage.getItem(keyOf(aim)));
      return found && Array.isArray(found.answers) && found.answers.length <= total ? found : null;
    } catch {
      return null;
    }
  }

  function keep() {
    try {
      localStorage.setItem(keyOf(state.aim), JSON.stringify(state));
    } catch {
      volatile();
    }
  }

  function newSession() {
    const numbers = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(numbers, (one) => one.toString(16).padStart(2, "0")).join("");
  }

  // Screens
  function show(name) {
    for (const section of document.querySelectorAll("section")) {
      section.hidden = section.id !== name;
    }
    window.scrollTo(0, 0);
  }

  function showStart() {
    const chosen = state ? state.aim : Object.keys(ballot.aims)[0];
    byId("aims").replaceChildren(...Object.entries(ballot.aims).map(([aim, text]) => {
      const label = document.createElement("label");
      label.className = "aim";
      const radio = document.createElement("input");
      radio.type = "radio";
      radio.name = "aim";
      radio.value = aim;
      radio.checked = aim === chosen;
      const words = document.createElement("span");
      words.textContent = text;
      label.append(radio, words);
      const known = load(aim);
      if (known && known.answers.length) {
        const done = document.createElement("span");
        done.className = "muted";
        done.textContent = known.answers.length + " of " + total + " done";
        label.append(done);
      }
      return label;
    }));
    if (!byId("voter").value) {
      const earlier = Object.keys(ballot.aims).map(load).find((one) => one && one.voter);
      byId("voter").value = earlier ? earlier.voter : "";
    }
    show("start");
  }

  function begin(aim) {
    state = load(aim) || { session: newSession(), aim: aim, voter: "", answers: [] };
    state.voter = byId("voter").value.trim();
    keep();
    go();
  }

  function go() {
    if (state.answers.length < total) {
      showQuestion();
    } else {
      showEnd();
    }
  }

  function showQuestion() {
    const at = state.answers.length;
    const question = ballot.questions[at];
    byId("prompt").textContent = ballot.aims[state.aim];
    byId("progress").textContent = at + 1 + " of " + total;
    byId("bar").style.width = (100 * at) / total + "%";
    byId("content").src = ballot.contents[question.content];
    byId("style").src = ballot.styles[question.style];
    byId("left").querySelector("img").src = ballot.results[question.left_run_id];
    byId("right").querySelector("img").src = ballot.results[question.right_run_id];
    byId("undo").disabled = at === 0;
    const results = byId("results");
    results.style.setProperty("--aspect", ballot.aspects[question.left_run_id]);
    results.classList.remove("fresh");
    void results.offsetWidth; // lets the animation begin anew
    results.classList.add("fresh");
    if (byId("question").hidden) {
      show("question");
      byId("prompt").focus();
    }
    shownAt = performance.now();
  }

  function showEnd() {
    const done = state.answers.length;
    byId("summary").textContent = done < total ? done + " of " + total + " questions answered" : "All " + total + " questions answered";
    byId("thanks").textContent = "Save the file now; it has your choices, and no pictures.";
    byId("back").textContent = done < total ? "Go on" : "Undo the last";
    byId("back").disabled = total === 0;
    byId("save").disabled = done === 0;
    byId("saved").textContent = "";
    byId("copied").textContent = "";
    const name = fileName();
    byId("command").textContent = ballot.command + " " + (/\s/.test(name) ? '"' + name + '"' : name);
    byId("text").value = votesText();
    show("end");
    byId("save").focus();
  }

  // Answers
  function answer(choice) {
    const seconds = Math.round((performance.now() - shownAt) / 100) / 10;
    state.answers.push({ choice: choice, seconds: seconds });
    keep();
    go();
  }

  function undo() {
    if (state.answers.length) {
      state.answers.pop();
      keep();
      go();
    }
  }

  // The file
  function votesText() {
    const votes = state.answers.map((given, at) => {
      const question = ballot.questions[at];
      return {
        content: question.content,
        style: question.style,
        seed: question.seed,
        left_run_id: question.left_run_id,
        right_run_id: question.right_run_id,
        choice: given.choice,
        seconds: given.seconds,
      };
    });
    return JSON.stringify({
      schema_version: SCHEMA_VERSION,
      sweep: ballot.sweep,
      aim: state.aim,
      evaluator: ballot.evaluator,
      session: state.session,
      voter: state.voter,
      saved: new Date().toISOString(),
      votes: votes,
    }, null, 1) + "\n";
  }

  function fileName() {
    const now = new Date();
    const two = (number) => String(number).padStart(2, "0");
    const day = now.getFullYear() + "-" + two(now.getMonth() + 1) + "-" + two(now.getDate());
    return "votes-" + ballot.sweep + "-" + day + ".json";
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([votesText()], { type: "application/json" }));
    link.download = fileName();
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    byId("saved").textContent = "Saved as " + link.download + ", where this browser puts downloads.";
  }

  async function copy() {
    byId("text").select();
    try {
      await navigator.clipboard.writeText(byId("text").value);
      byId("copied").textContent = "copied";
    } catch {
      byId("copied").textContent = "selected; copy it with the keyboard";
    }
  }

  function discard() {
    try {
      localStorage.removeItem(keyOf(state.aim));
    } catch {
      volatile();
    }
    state = null;
    showStart();
  }

  function press(event) {
    const writing = event.target instanceof Element && event.target.matches("input, textarea");
    if (writing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const actions = {
      ArrowLeft: () => answer("left"),
      ArrowRight: () => answer("right"),
      ArrowDown: () => answer("neither"),
      u: undo,
      U: undo,
    };
    if (!byId("question").hidden && event.key in actions) {
      event.preventDefault(); // arrows would scroll
      actions[event.key]();
    }
  }

  byId("setup").addEventListener("submit", (event) => {
    event.preventDefault();
    begin(new FormData(event.target).get("aim"));
  });
  byId("left").addEventListener("click", () => answer("left"));
  byId("right").addEventListener("click", () => answer("right"));
  byId("neither").addEventListener("click", () => answer("neither"));
  byId("undo").addEventListener("click", undo);
  byId("stop").addEventListener("click", showEnd);
  byId("back").addEventListener("click", () => (state.answers.length < total ? showQuestion() : undo()));
  byId("again").addEventListener("click", showStart);
  byId("save").addEventListener("click", save);
  byId("copy").addEventListener("click", copy);
  byId("discard").addEventListener("click", discard);
  document.addEventListener("keydown", press);

  for (const place of document.querySelectorAll(".total")) {
    place.textContent = total;
  }
  try {
    localStorage.setItem("style-harness vote", "");
    localStorage.removeItem("style-harness vote");
  } catch {
    volatile();
  }
  showStart();
})();
