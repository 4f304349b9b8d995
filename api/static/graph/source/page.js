// The page of the graph with scripts. Every choice is an address: the server answers with the same page for other filters or
// dates, and its table, legend and model take the place of those that stand here. Without scripts the form does the same.
import { Picture } from "./picture.js";
import { exportPng } from "./png.js";
import { Timeline } from "./timeline.js";

export function start() {
  const by = (id) => document.getElementById(id);
  const stage = by("net");
  const filters = by("filters");
  const readModel = () => JSON.parse(by("model").textContent);
  const USUAL = {
    type: "PROVIDES_CAPACITY",
    commitment: "FIRM,CONDITIONAL,OPTION,UNSTATED",
    measure: "CRITICAL_IT",
    colour: "commitment",
    depth: "1",
    hops: "3",
  };
  // The picture of the server stands in <noscript>, so that scripts that draw their own need not wait for it.
  function showStill(address) {
    if (!by("still")) by("stage").insertAdjacentHTML("afterbegin", document.querySelector("#stage > noscript").textContent);
    if (address) by("still").src = address;
  }

  const OF_THE_PAGE = ["view", "select", "dataVersion", "legend", "width"];

  const first = readModel();
  let model = first;
  let view = first.view;
  const [x, y, ratio] = first.view.split(",").map(Number);
  stage.hidden = false; // sigma takes the size of what is shown
  let picture;
  try {
    picture = new Picture(stage, first, first.view ? { x, y, ratio } : null);
  } catch (problem) {
    if (!/WebGL/.test(problem.message)) throw problem;
    stage.hidden = true; // the page stays what it is without scripts, and the form asks for others
    showStill();
    return;
  }
  const { sigma, graph } = picture;
  const camera = sigma.getCamera();

  // ---- addresses

  const lens = new Map();
  const own = new Set([...filters.elements].map((one) => one.name).filter(Boolean));
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!OF_THE_PAGE.includes(name)) lens.set(name, value);
  }
  for (const name of own) if (!filters.querySelector(`input[type=hidden][name="${name}"]`)) lens.delete(name);

  function parameters() {
    const values = new Map();
    for (const [name, value] of new FormData(filters)) {
      if (value && !lens.has(name)) values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
    }
    for (const [name, value] of Object.entries(USUAL)) if (values.get(name) === value) values.delete(name);
    return new URLSearchParams([...values, ...lens]);
  }

  function permalink() {
    const all = parameters();
    all.set("validOn", model.validOn);
    all.set("knownOn", model.knownOn);
    if (picture.selected) all.set("select", picture.selected);
    if (view) all.set("view", view);
    all.set("dataVersion", model.dataVersion);
    return `/graph?${all.toString().replaceAll("%2C", ",")}`;
  }

  function remember() {
    const address = permalink();
    history.replaceState(null, "", address);
    by("permalink").href = address;
  }

  // ---- another page takes the place of parts of this one

  let asked = new AbortController();

  async function load() {
    asked.abort();
    asked = new AbortController();
    let answer;
    try {
      answer = await fetch(`/graph?${parameters()}`, { headers: { Accept: "text/html" }, signal: asked.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) take(page);
      else tell(page.querySelector(".lead")?.textContent ?? "The service refuses this.");
    } catch (problem) {
      if (problem.name !== "AbortError") tell("The service does not answer.");
    }
  }

  function take(page) {
    for (const here of document.querySelectorAll("[data-swap]")) {
      const there = page.getElementById(here.id);
      if (there) here.replaceWith(there);
    }
    for (const place of [".lens", "header.top nav"]) {
      const there = page.querySelector(place);
      if (there) document.querySelector(place)?.replaceWith(there);
    }
    document.dispatchEvent(new CustomEvent("swapped"));
    model = readModel();
    picture.show(model);
    scaleLegend();
    dress();
    select(picture.selected);
    if (by("said").hasAttribute("data-pending")) setTimeout(load, 2000);
    print(page.getElementById("still").getAttribute("src"));
  }

  let printing = 0;

  // What is printed is the picture of the server; it follows when a choice has settled.
  function print(address) {
    clearTimeout(printing);
    printing = setTimeout(() => showStill(address), 1500);
  }

  let later = 0;
  function loadSoon(milliseconds = 150) {
    clearTimeout(later);
    later = setTimeout(load, milliseconds);
  }

  // What is there for scripts alone, and what is not needed with them.
  function dress() {
    for (const one of document.querySelectorAll(".script")) one.hidden = false;
    for (const one of document.querySelectorAll(".noscript")) one.hidden = true;
    by("png")?.addEventListener("click", () => exportPng(by("files").querySelector("a").href));
  }

  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    loadSoon(0);
  });
  filters.addEventListener("change", (event) => {
    if (event.target.id === "gfind") return;
    if (!filters.querySelector("[name=commitment]:checked")) {
      for (const box of filters.querySelectorAll("[name=commitment]")) box.checked = box.value !== "LAPSED";
    }
    loadSoon();
  });

  // The samples of widths are as wide as the lines beside them.
  function scaleLegend() {
    for (const path of document.querySelectorAll(".widths path")) {
      path.dataset.width ??= path.getAttribute("stroke-width");
      path.setAttribute("stroke-width", path.dataset.width * picture.grown);
    }
  }

  // ---- time

  const timeline = new Timeline(by("times"), async (name, day, wait) => {
    lens.set(name, day);
    if (wait) await load();
    else loadSoon();
  });

  // ---- what is looked at

  function tell(text) {
    by("tip").hidden = !text;
    by("tip").textContent = text;
  }

  function select(key) {
    picture.mark(key);
    for (const row of document.querySelectorAll("#tbl tr[data-key]")) {
      row.hidden = Boolean(key) && !(graph.hasEdge(row.dataset.key) && graph.extremities(row.dataset.key).includes(key));
    }
    const node = key && graph.getNodeAttributes(key);
    tell(node ? `${node.name}: ${graph.degree(key)} shown, ${node.counterparties} counterparties` : "");
    remember();
  }

  function point(edge) {
    const { title, links } = graph.getEdgeAttributes(edge);
    tell(title);
    for (const row of document.querySelectorAll("#tbl tr[data-key]")) {
      row.toggleAttribute("aria-current", links.includes(row.dataset.key));
    }
    document.querySelector("#tbl tr[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  sigma.on("clickNode", ({ node }) => {
    const key = graph.getNodeAttribute(node, "of");
    select(picture.selected === key ? "" : key);
  });
  sigma.on("clickStage", () => select(""));
  sigma.on("clickEdge", ({ edge }) => point(edge));
  sigma.on("enterEdge", ({ edge }) => tell(graph.getEdgeAttribute(edge, "title")));

  by("gfind").addEventListener("change", ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    const node = model.nodes.find((one) => one.name.toLowerCase() === wanted || one.key === wanted);
    if (!node) return;
    select(node.key);
    const { x, y } = sigma.getNodeDisplayData(node.key);
    camera.animate({ x, y, ratio: 0.5 }, swiftly());
  });

  // ---- camera, wheel, keys

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const swiftly = () => ({ duration: still.matches ? 0 : 200 });
  const move = {
    in: () => camera.zoomIn(swiftly()),
    out: () => camera.zoomOut(swiftly()),
    all: () => camera.reset(swiftly()),
  };
  by("zoom").addEventListener("click", (event) => move[event.target.dataset.z]?.());

  let settled = 0;
  camera.on("updated", ({ x, y, ratio }) => {
    scaleLegend();
    clearTimeout(settled);
    settled = setTimeout(() => {
      const whole = Math.abs(x - 0.5) + Math.abs(y - 0.5) + Math.abs(ratio - 1) < 0.001;
      view = whole ? "" : [x, y, ratio].map((one) => Number(one.toFixed(4))).join();
      remember();
    }, 300);
  });

  // The wheel scrolls the page until the picture is clicked or focused; Escape or a click elsewhere gives it back.
  const take_wheel = (on) => {
    const target = on ? "graph" : "page";
    if (sigma.getSetting("gestureTarget") !== target) sigma.setSetting("gestureTarget", target);
  };
  stage.addEventListener("focus", () => take_wheel(true));
  stage.addEventListener("blur", () => take_wheel(false));
  stage.addEventListener("pointerdown", () => stage.focus({ preventScroll: true }));
  stage.addEventListener("keydown", (event) => {
    const { x, y, ratio } = camera.getState();
    const step = 0.08 * ratio;
    const keys = {
      ArrowLeft: () => camera.setState({ x: x - step }),
      ArrowRight: () => camera.setState({ x: x + step }),
      ArrowUp: () => camera.setState({ y: y + step }),
      ArrowDown: () => camera.setState({ y: y - step }),
      "+": move.in,
      "-": move.out,
      0: move.all,
      Escape: () => {
        select("");
        stage.blur();
      },
    };
    if (!keys[event.key]) return;
    keys[event.key]();
    event.preventDefault();
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    picture.readColours();
    sigma.refresh();
  });

  // ---- the beginning

  sigma.once("afterRender", () => {
    by("stage").classList.add("drawn");
    scaleLegend();
    by("zoom").hidden = false;
    document.documentElement.dataset.drawn = String(performance.now());
    print();
  });
  dress();
  if (graph.hasNode(first.selected)) select(first.selected);
  else if (view) remember();
  if (by("said").hasAttribute("data-pending")) setTimeout(load, 2000);
  window.wattgraph = { sigma, graph, timeline };
}
