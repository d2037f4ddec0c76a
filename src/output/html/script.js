"use strict";
(() => {
  // Sorting: a button in every heading of a table.
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
  const sortable = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const first = heading.classList.contains("number") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const order = heading.getAttribute("aria-sort") === first ? other : first;
        for (const each of headings) each.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", order);
        const sign = order === "ascending" ? 1 : -1;
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => sign * compare(key(a, column), key(b, column)));
        table.tBodies[0].append(...rows);
      });
    });
  };
  // Whether it filters a table of one row.
  const isIdle = (tools) => {
    const table = tools.querySelector(":scope > label > [data-filter]")?.dataset.filter;
    return table !== undefined && document.getElementById(table).tBodies[0].rows.length < 2;
  };
  // What a part of the page needs before it can be used.
  const prepare = (part) => {
    for (const tools of part.querySelectorAll(".tools")) tools.hidden = isIdle(tools);
    for (const table of part.querySelectorAll("table.sortable")) sortable(table);
    for (const input of part.querySelectorAll("input[data-why]")) asks(input);
  };

  // Filtering: rows that hold every word.
  for (const input of document.querySelectorAll("input[data-filter]")) {
    const rows = document.getElementById(input.dataset.filter).tBodies[0].rows;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
  }

  // Why a path is there: the shortest chain from a closure root, breadth first.
  const most = 200;
  const data = JSON.parse(document.getElementById("data").textContent);
  const name = (path) => data.paths[path].slice(33);
  const before = (service) => {
    const reached = new Map();
    const todo = [];
    for (const [option, path] of data.roots[service]) {
      if (!reached.has(path)) {
        reached.set(path, option);
        todo.push(path);
      }
    }
    for (let next = 0; next < todo.length; next += 1) {
      for (const path of data.references[todo[next]]) {
        if (!reached.has(path)) {
          reached.set(path, todo[next]);
          todo.push(path);
        }
      }
    }
    return reached;
  };
  const chain = (reached, path) => {
    const steps = [];
    let here = path;
    while (typeof here === "number") {
      steps.unshift(name(here));
      here = reached.get(here);
    }
    return [here, ...steps].join(" → ");
  };
  const anchors = new Map(
    [...document.querySelectorAll("[data-service]")].map((part) => [part.dataset.service, part.id]),
  );

  // Which services see a package: for each service the shortest chain to a path with this word.
  const reachable = new Map();
  const reachedOf = (service) => {
    if (!reachable.has(service)) reachable.set(service, before(service));
    return reachable.get(service);
  };
  for (const input of document.querySelectorAll("input[data-who]")) {
    const body = document.getElementById("packages-table").tBodies[0];
    input.addEventListener("input", () => {
      const word = input.value.trim().toLowerCase();
      const matches = new Set();
      if (word !== "") {
        data.paths.forEach((path, index) => {
          if (path.slice(33).toLowerCase().includes(word)) matches.add(index);
        });
      }
      const rows = [];
      let found = 0;
      for (const service of matches.size === 0 ? [] : Object.keys(data.roots)) {
        const reached = reachedOf(service);
        for (const path of reached.keys()) {
          if (!matches.has(path)) continue;
          found += 1;
          if (rows.length === most) continue;
          const row = document.createElement("tr");
          const link = document.createElement("a");
          link.href = `#${anchors.get(service)}`;
          link.textContent = service;
          row.insertCell().append(link);
          const cell = row.insertCell();
          cell.textContent = chain(reached, path);
          cell.className = "chain";
          rows.push(row);
        }
      }
      body.replaceChildren(...rows);
      if (word !== "" && found === 0) {
        const cell = body.insertRow().insertCell();
        cell.colSpan = 2;
        cell.textContent = "No service sees a path of this name.";
      }
      if (found > most) {
        const cell = body.insertRow().insertCell();
        cell.colSpan = 2;
        cell.textContent = `And ${found - most} more: use a longer name.`;
      }
    });
  }

  const size = (bytes) => {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0;
    let value = bytes;
    while (value >= 1023.95 && unit + 1 < units.length) {
      value /= 1024;
      unit += 1;
    }
    return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
  };
  const asks = (input) => {
    const service = input.closest("[data-service]");
    const body = service.querySelector(".paths").tBodies[0];
    const largest = [...body.rows];
    let reached;
    input.addEventListener("input", () => {
      const word = input.value.trim().toLowerCase();
      if (word === "") {
        body.replaceChildren(...largest);
        return;
      }
      reached ??= before(service.dataset.service);
      const found = [...reached.keys()].filter((path) => data.paths[path].toLowerCase().includes(word));
      found.sort((a, b) => data.sizes[b] - data.sizes[a]);
      body.replaceChildren(
        ...found.slice(0, most).map((path) => {
          const row = document.createElement("tr");
          const cell = (text, className) => {
            const made = row.insertCell();
            made.textContent = text;
            made.className = className;
            return made;
          };
          const bar = cell(size(data.sizes[path]), "number bar");
          bar.dataset.sort = data.sizes[path];
          bar.style.setProperty("--share", `${(100 * data.sizes[path]) / (data.sizes[found[0]] || 1)}%`);
          cell(name(path), "").title = data.paths[path];
          cell(chain(reached, path), "chain");
          return row;
        }),
      );
      if (found.length === 0) {
        const cell = body.insertRow().insertCell();
        cell.colSpan = 3;
        cell.textContent = "Nothing that the service sees is called so.";
      }
    });
    // A rectangle of the picture asks why its package is there.
    for (const part of service.querySelectorAll("svg .own, svg .shared")) {
      part.addEventListener("click", () => {
        input.value = part.dataset.label;
        input.dispatchEvent(new Event("input"));
        input.closest(".tools").scrollIntoView();
      });
    }
  };

  prepare(document);

  // On a page of many services, noscript elements hold what is known of one and which a finding is about, and the browser reads them as
  // text until they are opened.
  const unfold = (details) => {
    const folded = details.querySelector(":scope > noscript");
    if (folded === null) return;
    const template = document.createElement("template");
    template.innerHTML = folded.textContent;
    folded.replaceWith(template.content);
    prepare(details);
  };
  for (const folded of document.querySelectorAll("details > noscript")) {
    const details = folded.parentElement;
    details.addEventListener("toggle", () => unfold(details));
  }

  // A link to a service opens it.
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      unfold(target);
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
})();
