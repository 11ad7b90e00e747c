// Draws the charts of the page from the numbers that stand in it. Without this script the tables are open and tell the same.

"use strict";

const FONT = getComputedStyle(document.body).fontFamily;
const INK = "#41506a", GRID = "#e6ebf2";
const ROWS_SHOWN = 12;
const NUMBER = (digits) => new Intl.NumberFormat("ru-RU", { maximumFractionDigits: digits });

document.documentElement.classList.add("drawn");

function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line ? `${line} ${word}` : word;
  }
  return lines.length > 1 ? lines : text;
}

function dataset(series, chart) {
  if (chart.kind === "lines") {
    return {
      label: series.title, data: series.values, borderColor: series.color, backgroundColor: series.color,
      borderWidth: 2.5, tension: 0.3, pointRadius: 3, pointHoverRadius: 5, spanGaps: true,
    };
  }
  return {
    label: series.title, data: series.values, backgroundColor: series.color, hoverBackgroundColor: series.color,
    borderRadius: 3, maxBarThickness: chart.kind === "bars" ? 18 : 46, categoryPercentage: 0.78,
  };
}

function draw(canvas) {
  const chart = JSON.parse(canvas.dataset.chart);
  const lying = chart.kind === "bars";
  const format = NUMBER(chart.digits);
  const narrow = canvas.parentElement.clientWidth < 480;
  const names = {
    stacked: !lying && chart.kind === "columns",
    grid: { display: false }, border: { color: GRID },
    ticks: {
      color: INK, autoSkip: !lying, maxRotation: 0, autoSkipPadding: 10,
      callback(value) { const label = this.getLabelForValue(value); return lying ? wrapped(label, narrow ? 20 : 34) : label; },
    },
  };
  const values = {
    stacked: chart.kind === "columns", beginAtZero: chart.lowest === null, suggestedMin: chart.lowest ?? undefined, max: chart.highest ?? undefined, suggestedMax: 1,
    grid: { color: GRID }, border: { display: false },
    ticks: { color: INK, maxTicksLimit: 6, precision: chart.digits ? undefined : 0, callback: (value) => format.format(value) },
  };
  const addresses = chart.series.map((series) => series.addresses);
  const target = (elements) => elements.length ? addresses[elements[0].datasetIndex][elements[0].index] : null;
  if (lying) canvas.parentElement.style.height = `${Math.max(120, chart.labels.length * (narrow ? 44 : 38) + 34)}px`;
  new Chart(canvas, {
    type: chart.kind === "lines" ? "line" : "bar",
    data: { labels: chart.labels, datasets: chart.series.map((series) => dataset(series, chart)) },
    options: {
      indexAxis: lying ? "y" : "x",
      scales: lying ? { y: names, x: values } : { x: names, y: values },
      animation: false, responsive: true, maintainAspectRatio: false, locale: "ru-RU", font: { family: FONT },
      interaction: { mode: lying ? "nearest" : "index", intersect: false, axis: lying ? "y" : "x" },
      onHover: (event, elements) => { event.native.target.style.cursor = target(elements) ? "pointer" : "default"; },
      onClick: (event, _, self) => {
        const mode = lying ? ["nearest", { axis: "y", intersect: false }] : ["nearest", { intersect: true }];
        const address = target(self.getElementsAtEventForMode(event, ...mode, false));
        if (address) window.location.assign(address);
      },
      plugins: {
        legend: {
          display: chart.series.length > 1, position: "bottom", align: "start",
          labels: { color: INK, usePointStyle: true, pointStyle: "circle", boxWidth: 8, boxHeight: 8, padding: 16 },
        },
        tooltip: {
          backgroundColor: "#172033", padding: 10, cornerRadius: 8, boxPadding: 4, usePointStyle: true,
          filter: (item) => item.raw !== null && (chart.kind === "lines" || item.raw > 0 || lying),
          callbacks: {
            label: (item) => ` ${chart.series.length > 1 ? `${item.dataset.label}: ` : ""}${format.format(item.raw)}${chart.unit ? ` ${chart.unit}` : ""}`,
          },
        },
      },
    },
  });
}

// A long table shows its beginning until somebody wants the rest.
function shorten(table) {
  const rest = [...table.tBodies[0].rows].slice(ROWS_SHOWN);
  if (rest.length < 3) return;
  const more = document.createElement("button");
  more.className = "quiet more";
  more.textContent = `Показать ещё ${rest.length}`;
  more.addEventListener("click", () => { rest.forEach((row) => { row.hidden = false; }); more.remove(); });
  rest.forEach((row) => { row.hidden = true; });
  table.parentElement.append(more);
}

Chart.defaults.font.family = FONT;
Chart.defaults.font.size = 12.5;
document.querySelectorAll("canvas[data-chart]").forEach(draw);
document.querySelectorAll("details.behind").forEach((numbers) => { numbers.open = false; });
document.querySelectorAll(".scroll > table").forEach(shorten);
document.querySelectorAll(".filters select").forEach((select) => {
  select.addEventListener("change", () => select.form.requestSubmit());
});
