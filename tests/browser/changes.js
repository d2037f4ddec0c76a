// Checks of the page of `confinix diff`, after common.js.
(() => {
  const rows = () => rowsOf("changes-table");
  const filter = (text) => {
    type(document.querySelector("[data-filter=changes-table]"), text);
    return rows().filter((row) => !row.hidden).map((row) => row.cells[0].textContent);
  };

  check("the fields that need scripts are shown", () =>
    [...document.querySelectorAll(".tools")].every((tools) => !tools.hidden));
  check("what is the same on several hosts is one row, with their names as text", () =>
    filter("removed backup").join() === "backup.service on 2 hosts (<b>&, web1)");
  check("a filter leaves rows with every word, and an empty one all", () =>
    filter("wiki removed").join() === "web1:wiki.service" && filter("zzz").length === 0 && filter("").length === rows().length);
  check("the details of a change can be unfolded", () => {
    const row = rows().find((row) => row.cells[0].textContent === "web2:web.service");
    const details = row.querySelector("details");
    details.open = true;
    return details.querySelector("pre").textContent !== "" && details.querySelector("pre").offsetHeight > 0;
  });
  check("changes sort by how much the closure grows", () => {
    const heading = headingOf("changes-table", "Growth");
    heading.querySelector("button").click();
    const growth = rows().map((row) => Number(row.cells[4].dataset.sort));
    return growth.some((number) => number < 0) && growth.every((number, index) => index === 0 || number <= growth[index - 1]);
  });
  finish();
})();
