// Checks of a page with more services than a browser should read at once, after common.js.
(() => {
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
    type(input, "libc");
    const rows = [...part.querySelector(".paths").tBodies[0].rows];
    return folded() === 118 && !input.closest(".tools").hidden && rows.length === 1 && rows[0].textContent.includes("→ libc-2.41");
  });
  check("the services of a finding are read when they are opened", () => {
    const row = rowsOf("findings-table")[0];
    const details = row.querySelector("details");
    const before = row.querySelectorAll(".services a").length;
    details.open = true;
    details.dispatchEvent(new Event("toggle"));
    return before === 0 && row.querySelectorAll(".services a").length === 120;
  });
  check("a search finds all, and shows what one can read", () => {
    const input = document.querySelector("[data-who]");
    type(input, "libc");
    return rowsOf("packages-table").length === 120;
  });
  finish();
})();
