// This code is embedded in a page, so it must not contain the end tag of a script.
"use strict";
(() => {
  const lines = [];
  const check = (what, passes) => {
    let outcome;
    try {
      outcome = passes() ? "ok" : "not ok";
    } catch (error) {
      outcome = `not ok (${error})`;
    }
    lines.push(`${outcome}: ${what}`);
  };
  const service = (name) => document.getElementById(`service-${name}.service`);
  const folded = () => document.querySelectorAll("details.service > noscript").length;

  check("of the services, only the one in the address is read", () => folded() === 119 && service("web7").open);
  check("it has all that the page of a few services shows", () => {
    const part = service("web7");
    return [".tree li li", "svg rect", ".paths button", "[data-why]"].every((each) => part.querySelector(each) !== null);
  });
  check("another is read when it is opened, and can be asked why", () => {
    const part = service("web8");
    part.open = true;
    part.dispatchEvent(new Event("toggle"));
    const input = part.querySelector("[data-why]");
    input.value = "libc";
    input.dispatchEvent(new Event("input"));
    const rows = [...part.querySelector(".paths").tBodies[0].rows];
    return folded() === 118 && !input.closest(".tools").hidden && rows.length === 1 && rows[0].textContent.includes("→ libc-2.41");
  });
  check("the services of a finding are read when they are opened", () => {
    const row = document.getElementById("findings-table").tBodies[0].rows[0];
    const details = row.querySelector("details");
    const before = row.querySelectorAll(".services a").length;
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    return before === 0 && row.querySelectorAll(".services a").length === 120;
  });
  check("a search finds all, and shows what one can read", () => {
    const input = document.querySelector("[data-who]");
    input.value = "libc";
    input.dispatchEvent(new Event("input"));
    return document.getElementById("packages-table").tBodies[0].rows.length === 120;
  });
  lines.push("done");
  document.getElementById("results").textContent = `\n${lines.join("\n")}\n`;
})();
