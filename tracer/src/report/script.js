"use strict";
// The page is whole without this: it adds the choice of a theme, and the time under the pointer.
const root = document.documentElement;
const button = document.querySelector(".toggle");
button.hidden = false;
button.addEventListener("click", () => {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
});
const UNITS = [["s", 1], ["ms", 1e-3], ["us", 1e-6], ["ns", 1e-9]];
function moment(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) || UNITS[3];
  return (seconds / size).toPrecision(7) + " " + unit;
}
for (const svg of document.querySelectorAll("svg.time")) {
  const { start, end, hz, left, width } = svg.dataset;
  const cursor = svg.querySelector(".cursor");
  const output = svg.closest("figure").querySelector("output");
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const part = (x - left) / width;
    const inside = part >= 0 && part <= 1;
    cursor.style.visibility = inside ? "visible" : "hidden";
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    output.textContent = inside ? moment((Number(start) + part * (end - start)) / hz) : "";
  });
  svg.addEventListener("pointerleave", () => {
    cursor.style.visibility = "hidden";
    output.textContent = "";
  });
}
