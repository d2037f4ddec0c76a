"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const stem = (unit) => data.units[unit].replace(/\.service$/, "");
  const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const element = (name, text, className = "") => {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = className;
    return made;
  };

  // A few names of hosts; the others are folded away.
  const shown = 5;
  const hostsOf = (hosts) => {
    const names = hosts.map((host) => data.hosts[host]);
    const few = document.createElement("span");
    if (names.length <= shown) {
      few.textContent = names.join(", ");
      return few;
    }
    const details = document.createElement("details");
    details.append(element("summary", `${many(names.length, "host")}: ${names.slice(0, 2).join(", ")}, …`));
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(element("div", names.join(", "), "chain"));
    });
    return details;
  };

  for (const details of document.querySelectorAll("details[data-finding]")) {
    details.addEventListener("toggle", () => {
      if (!details.open || details.childElementCount > 1) return;
      const list = element("ul", "", "services");
      for (const [unit, set] of data.findings[details.dataset.finding]) {
        const item = element("li", `${stem(unit)} on `);
        item.append(hostsOf(data.sets[set]));
        list.append(item);
      }
      details.append(list);
    });
  }

  // Who refers to a path, as one list with the place where that of each path begins.
  const size = data.names.length;
  const starts = new Uint32Array(size + 2);
  for (const references of data.references) for (const path of references) starts[path + 2] += 1;
  for (let path = 2; path < starts.length; path += 1) starts[path] += starts[path - 1];
  const referrers = new Uint32Array(starts[size + 1]);
  data.references.forEach((references, path) => {
    for (const reference of references) {
      referrers[starts[reference + 1]] = path;
      starts[reference + 1] += 1;
    }
  });

  // For every path that reaches one of these, the next path on the shortest way to it, and the length of the way.
  const reaching = (paths) => {
    const next = new Int32Array(size).fill(-1);
    const far = new Int32Array(size).fill(-1);
    const todo = [...paths];
    for (const path of todo) far[path] = 0;
    for (let index = 0; index < todo.length; index += 1) {
      const path = todo[index];
      for (let at = starts[path]; at < starts[path + 1]; at += 1) {
        const referrer = referrers[at];
        if (far[referrer] === -1) {
          far[referrer] = far[path] + 1;
          next[referrer] = path;
          todo.push(referrer);
        }
      }
    }
    return { next, far };
  };
  const nearest = (roots, far) => {
    let best;
    for (const root of roots) {
      if (far[root[1]] !== -1 && (best === undefined || far[root[1]] < far[best[1]])) best = root;
    }
    return best;
  };

  const lower = data.names.map((name) => name.toLowerCase());
  const most = 60;
  const names = 8;
  const body = document.getElementById("packages-table").tBodies[0];
  const list = document.getElementById("packages-found");
  const search = (word) => {
    body.replaceChildren();
    list.replaceChildren();
    if (word === "") return;
    const matches = [];
    lower.forEach((name, path) => {
      if (name.includes(word)) matches.push(path);
    });
    const { next, far } = reaching(matches);
    const rows = new Map();
    for (const [unit, roots, set] of data.uses) {
      const root = nearest(roots, far);
      if (root === undefined) continue;
      const key = `${unit} ${root}`;
      if (!rows.has(key)) rows.set(key, { unit, root, hosts: new Set() });
      for (const host of data.sets[set]) rows.get(key).hosts.add(host);
    }
    const chain = ([option, start]) => {
      const steps = [data.options[option]];
      for (let path = start; path !== -1; path = next[path]) steps.push(data.names[path]);
      return steps.join(" → ");
    };
    const found = [...rows.values()].sort((a, b) => b.hosts.size - a.hosts.size);
    // Each name with its own number of services and hosts.
    const distinct = [...new Set(matches.map((path) => data.names[path]))].sort();
    for (const name of distinct.slice(0, names)) {
      const own = reaching(matches.filter((path) => data.names[path] === name)).far;
      const units = new Set();
      const hosts = new Set();
      for (const [unit, roots, set] of data.uses) {
        if (nearest(roots, own) === undefined) continue;
        units.add(unit);
        for (const host of data.sets[set]) hosts.add(host);
      }
      list.append(element("li", `${name}: ${many(units.size, "service")} on ${many(hosts.size, "host")}`));
    }
    if (distinct.length > names) list.append(element("li", `and ${many(distinct.length - names, "more name")}`));
    for (const { unit, root, hosts } of found.slice(0, most)) {
      const row = body.insertRow();
      const heading = element("th", stem(unit));
      heading.scope = "row";
      row.append(heading);
      row.insertCell().append(hostsOf([...hosts].sort((a, b) => a - b)));
      row.append(element("td", chain(root), "chain"));
    }
    if (found.length > most || found.length === 0) {
      const cell = body.insertRow().insertCell();
      cell.colSpan = 3;
      cell.textContent =
        found.length === 0
          ? "No service of any host sees a path of this name."
          : `And ${found.length - most} more: use a longer name.`;
    }
  };
  const input = document.querySelector("[data-package]");
  input.addEventListener("input", () => search(input.value.trim().toLowerCase()));

  // Hosts × services: a part of the table that can be read.
  const none = 0;
  const ok = 1;
  const warn = 2;
  const deny = 3;
  const marks = ["", "✓", "!", "✕"];
  const classes = ["", "", "warn", "deny"];
  const told = ["does not have it", "nothing found", "warnings", "denied"];
  const cells = data.units.map(() => new Uint8Array(data.hosts.length));
  const mark = (pairs, value) => {
    for (const [unit, set] of pairs) for (const host of data.sets[set]) cells[unit][host] = value;
  };
  mark(data.uses.map(([unit, , set]) => [unit, set]), ok);
  mark(data.warned, warn);
  mark(data.denied, deny);
  const badness = (values) => {
    let sum = 0;
    for (const value of values) sum += value === deny ? 1e6 : value === warn ? 1000 : value === ok ? 1 : 0;
    return sum;
  };
  const order = (number, weights) =>
    Array.from({ length: number }, (_, index) => index).sort((a, b) => weights[b] - weights[a] || a - b);
  const units = order(data.units.length, cells.map(badness));
  const ofHosts = new Float64Array(data.hosts.length);
  for (const values of cells) values.forEach((value, host) => (ofHosts[host] += badness([value])));
  const hosts = order(data.hosts.length, ofHosts);
  const [tall, wide] = [40, 30];
  const table = document.getElementById("grid-table");
  const fields = Object.fromEntries(
    [...document.querySelectorAll("[data-grid]")].map((field) => [field.dataset.grid, field]),
  );
  const chosen = (all, name, field) => {
    const words = fields[field].value.toLowerCase().split(/\s+/);
    return all.filter((index) => words.every((word) => name(index).toLowerCase().includes(word)));
  };
  const draw = () => {
    const rows = chosen(hosts, (host) => data.hosts[host], "hosts");
    // Only services that one of these hosts has.
    const columns = chosen(units, stem, "units").filter((unit) => rows.some((host) => cells[unit][host] !== none));
    const head = table.tHead.rows[0];
    head.replaceChildren(document.createElement("td"));
    for (const unit of columns.slice(0, wide)) {
      const heading = document.createElement("th");
      heading.scope = "col";
      heading.append(element("span", stem(unit)));
      head.append(heading);
    }
    table.tBodies[0].replaceChildren(
      ...rows.slice(0, tall).map((host) => {
        const row = document.createElement("tr");
        const heading = element("th", data.hosts[host]);
        heading.scope = "row";
        row.append(heading);
        for (const unit of columns.slice(0, wide)) {
          const value = cells[unit][host];
          const cell = element("td", marks[value], classes[value]);
          cell.title = `${data.hosts[host]}:${stem(unit)}: ${told[value]}`;
          row.append(cell);
        }
        return row;
      }),
    );
    const left = [
      [rows.length - tall, "more host"],
      [columns.length - wide, "more service"],
    ].filter(([number]) => number > 0);
    document.getElementById("grid-more").textContent =
      left.length === 0 ? "" : `${left.map(([number, noun]) => many(number, noun)).join(", ")}: filter for them.`;
  };
  for (const field of Object.values(fields)) field.addEventListener("input", draw);
  draw();
})();
