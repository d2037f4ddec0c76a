// What the checks of all pages share. It is embedded in a page before them, so it must not contain the end tag of a script.
"use strict";
const lines = [];

function check(what, passes) {
  let outcome;
  try {
    outcome = passes() ? "ok" : "not ok";
  } catch (error) {
    outcome = `not ok (${error})`;
  }
  lines.push(`${outcome}: ${what}`);
}

function rowsOf(id) {
  return [...document.getElementById(id).tBodies[0].rows];
}

function headingOf(id, text) {
  return [...document.getElementById(id).tHead.rows[0].cells].find((cell) => cell.textContent === text);
}

function type(input, text) {
  input.value = text;
  input.dispatchEvent(new Event("input"));
}

// What every page must do, and the end of its checks.
function finish() {
  check("every control can be reached by keyboard", () =>
    [...document.querySelectorAll("th button, input, a, summary, .scroll")].every((element) => element.tabIndex >= 0));
  check("words in backquotes are shown as code", () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text !== null; text = texts.nextNode()) {
      if (text.data.includes("`") && text.parentElement.closest("script, code, pre") === null) throw new Error(text.data);
    }
    return true;
  });
  check("the page is no wider than the screen", () => document.documentElement.scrollWidth <= innerWidth);
  lines.push(`done in the ${matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"}`);
  document.getElementById("results").textContent = `\n${lines.join("\n")}\n`;
}
