// Checks of the page about several hosts. This code is embedded in a page, so it must not contain the end tag of a script.
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
  const rows = (id) => [...document.getElementById(id).tBodies[0].rows];
  const texts = (row) => [...row.cells].map((cell) => cell.textContent);
  const type = (input, text) => {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  };
  const search = (text) => type(document.querySelector("[data-package]"), text);
  const odd = "<b>&";

  check("the fields that need scripts are shown", () =>
    [...document.querySelectorAll(".tools")].every((tools) => !tools.hidden));
  check("every host and every service has a row", () =>
    rows("hosts-table").length === 8 && rows("services-table").map((row) => row.cells[0].textContent).join() === "backup,web,wiki");
  check("a package is searched in all hosts", () => {
    search("TLS");
    const found = rows("packages-table").map(texts);
    return (
      found.length === 2 &&
      found[0][0] === "backup" &&
      found[0][1].startsWith("8 hosts") &&
      found[1][0] === "web" &&
      found[1][1].startsWith("7 hosts") &&
      found[1][2] === "serviceConfig.ExecStart[0] → httpd-1.28 → tls-3.5"
    );
  });
  check("each version has its number of hosts", () =>
    document.getElementById("packages-found").textContent === "tls-3.5: 2 services on 8 hosts");
  check("the hosts of a service can be unfolded", () => {
    const details = rows("packages-table")[1].querySelector("details");
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    return details.textContent.endsWith("web1, web2, web3, web4, web5, web6, web7");
  });
  check("a package that nobody sees is not found", () => {
    search("zzz");
    return rows("packages-table")[0].textContent.startsWith("No service");
  });
  check("an empty search shows nothing", () => {
    search("");
    return rows("packages-table").length === 0 && document.getElementById("packages-found").children.length === 0;
  });
  check("a finding of several hosts is one row, which names them all", () => {
    const row = rows("findings-table").find((row) => row.textContent.includes("denied-package"));
    const details = row.querySelector("details[data-finding]");
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    const items = [...details.querySelectorAll("li")].map((item) => item.firstChild.textContent);
    return items.join() === "backup on ,web on " && row.cells[3].textContent === "15";
  });
  const grid = () => rows("grid-table").map((row) => [...row.cells].map((cell) => cell.textContent));
  const field = (name) => document.querySelector(`[data-grid=${name}]`);
  check("the grid has every host and service", () => {
    const cells = grid();
    const last = cells.find((row) => row[0] === odd);
    return cells.length === 8 && cells[0].length === 4 && last.filter((cell) => cell === "").length === 2;
  });
  check("the grid is filtered by hosts and by services", () => {
    type(field("hosts"), "web1");
    type(field("units"), "wiki");
    const cells = grid();
    type(field("hosts"), "");
    type(field("units"), "");
    return cells.length === 1 && cells[0].length === 2 && cells[0][0] === "web1" && cells[0][1] !== "";
  });
  check("a service that no chosen host has is left out", () => {
    type(field("hosts"), odd);
    const cells = grid();
    type(field("hosts"), "");
    return cells.length === 1 && cells[0].length === 2;
  });
  check("hosts sort by a number", () => {
    const heading = [...document.getElementById("hosts-table").tHead.rows[0].cells].find((cell) => cell.textContent === "Services");
    heading.querySelector("button").click();
    heading.querySelector("button").click();
    return rows("hosts-table")[0].cells[0].textContent === odd;
  });
  check("every control can be reached by keyboard", () =>
    [...document.querySelectorAll("th button, input, a, summary, .scroll")].every((element) => element.tabIndex >= 0));
  check("text of the policy is text", () => document.getElementById("findings").textContent.includes("<" + "/script><b>&"));
  check("the page is no wider than the screen", () => document.documentElement.scrollWidth <= innerWidth);
  lines.push("done");
  document.getElementById("results").textContent = `\n${lines.join("\n")}\n`;
})();
