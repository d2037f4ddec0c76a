// Checks of the page about several hosts, after common.js.
(() => {
  const texts = (row) => [...row.cells].map((cell) => cell.textContent);
  const search = (text) => type(document.querySelector("[data-package]"), text);
  const odd = "<b>&";

  check("the fields that need scripts are shown", () =>
    [...document.querySelectorAll(".tools")].every((tools) => !tools.hidden));
  check("every host and every service has a row", () =>
    rowsOf("hosts-table").length === 8 && rowsOf("services-table").map((row) => row.cells[0].textContent).join() === "backup,web,wiki");
  check("a package is searched in all hosts", () => {
    search("TLS");
    const found = rowsOf("packages-table").map(texts);
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
    const details = rowsOf("packages-table")[1].querySelector("details");
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    return details.textContent.endsWith("web1, web2, web3, web4, web5, web6, web7");
  });
  check("a package that nobody sees is not found", () => {
    search("zzz");
    return rowsOf("packages-table")[0].textContent.startsWith("No service");
  });
  check("an empty search shows nothing", () => {
    search("");
    return rowsOf("packages-table").length === 0 && document.getElementById("packages-found").children.length === 0;
  });
  check("a finding of several hosts is one row, which names them all", () => {
    const row = rowsOf("findings-table").find((row) => row.textContent.includes("denied-package"));
    const details = row.querySelector("details[data-finding]");
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    const items = [...details.querySelectorAll("li")].map((item) => item.firstChild.textContent);
    return items.join() === "backup on ,web on " && row.cells[3].textContent === "15";
  });
  const grid = () => rowsOf("grid-table").map((row) => [...row.cells].map((cell) => cell.textContent));
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
    const heading = headingOf("hosts-table", "Services");
    heading.querySelector("button").click();
    heading.querySelector("button").click();
    return rowsOf("hosts-table")[0].cells[0].textContent === odd;
  });
  check("text of the policy is text", () => document.getElementById("findings").textContent.includes("<" + "/script><b>&"));
  finish();
})();
