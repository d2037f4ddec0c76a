// Checks of the page of `confinix report`, after common.js.
(() => {
  const names = () => rowsOf("services-table").map((row) => row.cells[0].textContent);

  check("the fields that need scripts are shown", () =>
    [...document.querySelectorAll(".tools")].every((tools) => !tools.hidden));
  check("a service named in the address is open", () => document.getElementById("service-web.service").open);
  check("services stand in the order of their names", () => names().join() === "backup,web,wiki");
  check("a number sorts with the largest first", () => {
    const size = headingOf("services-table", "Size");
    size.querySelector("button").click();
    return names().join() === "wiki,backup,web" && size.getAttribute("aria-sort") === "descending";
  });
  check("and once more with the least first", () => {
    const size = headingOf("services-table", "Size");
    size.querySelector("button").click();
    return names().join() === "web,backup,wiki" && size.getAttribute("aria-sort") === "ascending";
  });
  check("a name sorts by the alphabet, and only one column is marked", () => {
    headingOf("services-table", "Service").querySelector("button").click();
    return names().join() === "backup,web,wiki" && document.querySelectorAll("#services-table [aria-sort]").length === 1;
  });
  check("a filter leaves rows with every word", () => {
    type(document.querySelector("[data-filter=services-table]"), "full-apivfs WEB");
    return rowsOf("services-table").filter((row) => !row.hidden).length === 1;
  });
  check("an empty filter leaves all", () => {
    type(document.querySelector("[data-filter=services-table]"), "");
    return rowsOf("services-table").every((row) => !row.hidden);
  });
  check("findings can be filtered by code", () => {
    type(document.querySelector("[data-filter=findings-table]"), "denied-package");
    return rowsOf("findings-table").filter((row) => !row.hidden).length === 1;
  });
  check("a finding of several services is one row, which names them", () => {
    const row = rowsOf("findings-table").find((row) => !row.hidden);
    return [...row.querySelectorAll(".services a")].map((link) => link.textContent).join() === "backup,web";
  });
  check("denied findings are first, and how to fix the first is open", () => {
    const first = rowsOf("findings-table")[0];
    return first.textContent.startsWith("denied") && [...first.querySelectorAll("details")].pop().open;
  });
  check("one text fixes a finding of several services", () => {
    const texts = [...rowsOf("findings-table")[0].querySelectorAll("pre")].map((text) => text.textContent);
    return texts.length === 1 && texts[0].includes('services = ["backup", "web"]');
  });
  check("each service has one verdict", () => {
    const numbers = [...document.querySelectorAll(".verdict b")].map((number) => Number(number.textContent));
    return numbers.length === 4 && numbers.reduce((a, b) => a + b) === 3;
  });
  check("a package is searched in all services", () => {
    type(document.querySelector("[data-who]"), "TLS");
    const found = rowsOf("packages-table").map((row) => row.textContent);
    type(document.querySelector("[data-who]"), "zzz");
    return (
      found.length === 2 &&
      found[1] === "web.serviceserviceConfig.ExecStart[0] → httpd-1.28 → tls-3.5" &&
      rowsOf("packages-table")[0].textContent.startsWith("No service")
    );
  });
  const web = document.getElementById("service-web.service");
  const paths = () => [...web.querySelector(".paths").tBodies[0].rows];
  const all = paths().length;
  check("the tree has each path once, below the option that leads to it", () => {
    const paths = [...web.querySelectorAll(".tree div")].map((part) => part.title);
    const first = web.querySelector(".tree > li");
    const libc = [...first.querySelectorAll("li div")].filter((part) => part.textContent.startsWith("libc-2.41"));
    return new Set(paths).size === paths.length && paths.length === all && first.textContent.startsWith("serviceConfig.ExecStart[0] httpd-1.28") && libc.length === 1;
  });
  check("branches of the tree are sorted by size, and none is larger than what it is part of", () => {
    const share = (part) => parseFloat(part.style.getPropertyValue("--share"));
    return [...web.querySelectorAll(".tree li")].every((item) => {
      const [own, ...parts] = [item, ...(item.querySelector("ul")?.children ?? [])].map((each) => share(each.firstElementChild));
      return parts.every((part, index) => part <= own && (index === 0 || part <= parts[index - 1]));
    });
  });
  check("the findings of a service are beside its name", () => {
    const headings = [...document.getElementById("services-table").tHead.rows[0].cells].map((cell) => cell.textContent);
    return headings.slice(0, 3).join() === "Service,Denied,Warnings";
  });
  check("asking why shows the shortest chain", () => {
    type(web.querySelector("[data-why]"), "libc");
    return paths().length === 1 && paths()[0].cells[2].textContent === "serviceConfig.ExecStart[0] → httpd-1.28 → libc-2.41";
  });
  check("a rectangle of the picture asks why its package is there", () => {
    const part = [...web.querySelectorAll("svg g")].find((part) => part.dataset.label === "libc");
    type(web.querySelector("[data-why]"), "");
    part.dispatchEvent(new Event("click"));
    return paths().length === 1 && paths()[0].cells[1].textContent.startsWith("libc-2.41");
  });
  check("sizes have bars, the largest the longest", () => {
    type(web.querySelector("[data-why]"), "");
    const bars = paths().map((row) => parseFloat(row.cells[0].style.getPropertyValue("--share")));
    return bars[0] === 100 && bars.every((bar, index) => index === 0 || bar <= bars[index - 1]);
  });
  check("asking for what is not there says so", () => {
    type(web.querySelector("[data-why]"), "zzz");
    return paths()[0].textContent.startsWith("Nothing");
  });
  check("asking for nothing brings the largest back", () => {
    type(web.querySelector("[data-why]"), "");
    return paths().length === all;
  });
  check("the chain of the script is the chain of the page", () => {
    const before = paths().map((row) => row.cells[2].textContent).sort();
    type(web.querySelector("[data-why]"), "-");
    const after = paths().map((row) => row.cells[2].textContent).sort();
    type(web.querySelector("[data-why]"), "");
    return before.join() === after.join();
  });
  check("text of the policy is text", () => document.getElementById("findings").textContent.includes("<" + "/script><b>&"));
  check("on a phone neither", () => {
    const html = document.documentElement.outerHTML.replace(/<script[^]*?<\/scri[p]t>/g, "");
    const frame = document.createElement("iframe");
    frame.style.width = "360px";
    document.body.append(frame);
    const inside = frame.contentDocument;
    inside.open();
    inside.write(`<!DOCTYPE html>${html}`);
    inside.close();
    const page = inside.documentElement;
    const wide = [...inside.body.querySelectorAll(":not(.scroll *)")].filter(
      (element) => element.getBoundingClientRect().right > page.clientWidth + 1,
    );
    const fits = page.scrollWidth <= page.clientWidth;
    frame.remove();
    if (!fits) throw new Error(wide.map((element) => element.outerHTML.slice(0, 80)).join(" "));
    return true;
  });
  check("findings and their fixes fit a page of 800 pixels", () => {
    const html = document.documentElement.outerHTML.replace(/<script[^]*?<\/scri[p]t>/g, "");
    const frame = document.createElement("iframe");
    frame.style.width = "800px";
    document.body.append(frame);
    const inside = frame.contentDocument;
    inside.open();
    inside.write(`<!DOCTYPE html>${html}`);
    inside.close();
    const table = inside.getElementById("findings-table");
    const cell = table.tBodies[0].rows[0].cells[2];
    cell.querySelector("pre").textContent = "x".repeat(300);
    cell.prepend("y".repeat(300));
    const [room, wide] = [table.parentElement.clientWidth, table.parentElement.scrollWidth];
    frame.remove();
    return wide <= room;
  });
  check("text stands out from its background", () => {
    const parts = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
    const light = (colour) => {
      const [r, g, b] = parts(colour).map((part) => {
        const value = part / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const page = light(getComputedStyle(document.body).backgroundColor);
    return ["body", "a", ".chain", ".place"].every(
      (selector) => contrast(light(getComputedStyle(document.querySelector(selector)).color), page) >= 4.5,
    );
  });
  finish();
})();
