// A table of buttons, so that every field can be reached by Tab and moved between with the arrows.
export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".matrix"), at = parentElement.activeElement?.dataset;
  const make = (tag, text = "", attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  };
  const swatch = (one) => {
    const made = make("i");
    made.style.setProperty("--c", one.colour);
    return made;
  };
  const table = make("table"), head = make("tr"), body = make("tbody");
  table.append(make("caption", data.caption), make("thead"), body);
  head.append(make("td"));
  for (const one of data.classes) {
    const cell = make("th", "", { scope: "col" }), turned = make("span");
    turned.append(swatch(one), one.name);
    cell.append(turned);
    head.append(cell);
  }
  const sums = make("th", "", { scope: "col" });
  sums.append(make("span", "cells"));
  head.append(sums);
  table.tHead.append(head);
  data.rows.forEach((row, down) => {
    const line = make("tr"), truth = data.classes[down], sum = row.reduce((a, b) => a + b, 0), name = make("th", "", { scope: "row" });
    name.append(swatch(truth), truth.name);
    line.append(name);
    row.forEach((count, across) => {
      const given = data.classes[across], cell = make("td", "", count ? {} : { class: "none" });
      if (count) {
        const words = `${count} ${truth.name}, named ${given.name}`;
        const pressed = data.picked?.[0] === truth.code && data.picked?.[1] === given.code;
        const button = make("button", String(count), { type: "button", class: down === across ? "right" : "wrong", "aria-label": words, title: words, "aria-pressed": String(pressed), "data-at": `${down}/${across}` });
        button.style.setProperty("--s", count / sum);
        button.onclick = () => setTriggerValue("picked", { truth: truth.code, given: given.code });
        cell.append(button);
      }
      line.append(cell);
    });
    line.append(make("td", String(sum), { class: "sum" }));
    body.append(line);
  });
  place.replaceChildren(table);
  place.onkeydown = (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step || !event.target.dataset.at) return;
    let [down, across] = event.target.dataset.at.split("/").map(Number);
    for (let tries = data.classes.length; tries > 0; tries -= 1) {
      down += step[0];
      across += step[1];
      const next = place.querySelector(`[data-at="${down}/${across}"]`);
      if (next) {
        next.focus();
        event.preventDefault();
        return;
      }
    }
  };
  if (at?.at) place.querySelector(`[data-at="${at.at}"]`)?.focus();
}
