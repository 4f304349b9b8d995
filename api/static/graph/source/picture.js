// What sigma draws: the model of the server in the colours of the page's style sheet. Nothing is computed here; positions,
// widths and the places of names come with the model, so that no worker and no eval is needed.
import Graph from "graphology";
import Sigma from "sigma";
import {
  extremityArrow,
  extremityBar,
  extremityCircle,
  extremityDiamond,
  layerDashed,
  layerPlain,
  pathCurved,
  pathLine,
} from "sigma/rendering";

const HEADS = { firm: "arrow", unstated: "arrow", conditional: "diamond", option: "circle", lapsed: "bar" };
const SIDES = { r: "right", l: "left", b: "below", a: "above" };
const CLEAR = "#00000000"; // four digits would become opaque black
const RING = "ring ";
const CALM = { inertiaRatio: 0, inertiaDuration: 0, zoomDuration: 0, doubleClickZoomingDuration: 0 };

export class Picture {
  // Sigma begins with an empty graph, since it draws at once, in a box of its own: the first frame that has dots is then the
  // first that has the box, the camera and the names that hold, and nothing is drawn twice.
  constructor(stage, model, camera) {
    this.stage = stage;
    this.graph = new Graph({ multi: true, type: "directed" });
    this.selected = "";
    this.near = null;
    this.model = model;
    this.readColours();
    this.sigma = new Sigma(this.graph, stage, {
      primitives: primitives(),
      styles: this.styles(),
      settings: {
        enableEdgeEvents: true,
        itemSizesReference: "screen", // otherwise sizes shrink with the picture
        autoRescale: true,
        stagePadding: 8,
        allowInvalidContainer: true, // it has no width in print, where the still picture stands in its place
        labelRenderedSizeThreshold: 0,
        zoomToSizeRatioFunction: (ratio) => 1 / growth(this.one() / ratio),
        minCameraRatio: 0.08,
        maxCameraRatio: 1.6,
        gestureTarget: "page", // "shared" writes <style> elements, which the policy refuses
        minEdgeThickness: 1,
        ...(matchMedia("(prefers-reduced-motion: reduce)").matches ? CALM : {}),
      },
    });
    this.frame();
    if (camera) this.sigma.getCamera().setState(camera);
    this.takeScale(this.one() / this.sigma.getCamera().ratio);
    this.load(model);
    const crossed = () => this.crossLevels();
    this.sigma.getCamera().on("updated", crossed);
    this.sigma.on("resize", crossed);
    this.sigma.on("afterRender", crossed); // before the first rendering the scale is not known
  }

  readColours() {
    const tokens = getComputedStyle(document.documentElement);
    this.colours = new Proxy({}, { get: (kept, name) => (kept[name] ??= tokens.getPropertyValue(`--${name}`).trim()) });
  }

  // ---- the model

  load(model) {
    const { graph } = this;
    this.model = model;
    graph.clear();
    for (const n of model.nodes) {
      const place = { x: n.x, y: -n.y };
      if (n.most > n.least) graph.addNode(RING + n.key, { ...place, radius: n.most, ring: true, of: n.key, sides: "" });
      graph.addNode(n.key, { ...n, ...place, radius: n.least, of: n.key });
    }
    for (const e of model.edges) graph.addDirectedEdgeWithKey(e.key, e.source, e.target, { ...e });
    this.near = null;
  }

  show(model) {
    const moved = model.frame.join() !== this.model.frame.join();
    this.load(model);
    if (moved) this.frame();
    if (!this.graph.hasNode(this.selected)) this.selected = "";
    this.mark(this.selected);
  }

  // The same box for all dates: a dot that comes moves no other.
  frame() {
    const [left, top, right, bottom] = this.model.frame;
    this.sigma.setCustomBBox({ x: [left, right], y: [-bottom, -top] });
  }

  // ---- what is looked at

  mark(key) {
    this.selected = key;
    this.near = key ? new Set([key, ...this.graph.neighbors(key)]) : null;
    this.sigma.refresh({ skipIndexation: true });
  }

  isNear(key) {
    return this.near === null || this.near.has(key);
  }

  // ---- scale

  one() {
    const [left, top, right, bottom] = this.model.frame;
    const { clientWidth, clientHeight } = this.stage;
    return Math.min((clientWidth - 16) / (right - left), (clientHeight - 16) / (bottom - top)) || 1;
  }

  // Names come with the magnification for which the server found room; styles are asked for again only when one is crossed.
  crossLevels() {
    const a = this.sigma.graphToViewport({ x: 0, y: 0 });
    const b = this.sigma.graphToViewport({ x: 100, y: 0 });
    const level = this.level;
    this.takeScale(Math.hypot(b.x - a.x, b.y - a.y) / 100);
    if (level !== this.level) this.sigma.refresh({ skipIndexation: true });
  }

  takeScale(magnification) {
    const now = magnification + 0.01;
    this.grown = growth(now); // by how much dots and lines are larger than at magnification 1
    this.level = Math.max(this.model.levels.findLastIndex((one) => one <= now), 0);
  }

  side(node) {
    return SIDES[node.sides[this.level]];
  }

  // ---- styles

  styles() {
    const at = (name) => this.colours[name];
    const dimmed = (e) => this.near !== null && e.source !== this.selected && e.target !== this.selected;
    return {
      nodes: {
        x: { attribute: "x" },
        y: { attribute: "y" },
        size: { attribute: "radius" },
        color: (n) => (n.ring ? `${at("ink-3")}59` : n.unnamed ? at("rule-2") : at("ink")),
        opacity: (n) => (this.isNear(n.of) ? 1 : 0.15),
        label: (n) => n.label ?? "",
        labelColor: (n) => (n.unnamed ? at("ink-2") : at("ink")),
        labelSize: { attribute: "size" },
        labelPosition: (n) => this.side(n) ?? "right",
        labelFont: (n) => `${n.weight} Text, sans-serif`,
        labelBackgroundColor: () => `${at("paper")}cc`,
        labelBackgroundPadding: 1,
        labelVisibility: (n, state) => {
          if (n.ring) return "hidden";
          const named = this.near === null ? this.side(n) : this.isNear(n.key);
          return named || state.isHovered ? "visible" : "hidden";
        },
      },
      edges: {
        color: (e) => at(e.colour),
        size: (e) => 2 * e.width, // a line is drawn half as wide as its size
        opacity: (e) => (dimmed(e) ? 0.06 : 0.82),
        path: (e) => (e.bend ? "curved" : "line"),
        head: (e) => HEADS[e.head],
        curvature: (e) => -e.bend, // y runs up here, and down on the server
        base: (e) => (e.dashed ? CLEAR : at(e.colour)),
        dash: (e) => (e.dashed ? 6 : 0),
        gap: (e) => (e.dashed ? 5 : 0),
      },
      stage: { background: () => at("paper") },
    };
  }
}

// Dots grow by the root of the magnification, within bounds, as on the server.
const growth = (magnification) => Math.min(Math.max(Math.sqrt(magnification), 0.6), 1.6);

// The bend of a line comes from the server; without this, sigma bends parallel lines by their number among those shown, and
// they would move when one comes.
const bent = () => {
  const { spread, ...path } = pathCurved();
  return path;
};

// One program draws all lines: a solid one has no dashes, a dashed one a transparent base.
const primitives = () => ({
  edges: {
    paths: [pathLine(), bent()],
    extremities: [
      extremityArrow({ lengthRatio: 2.6, widthRatio: 2.2 }),
      extremityCircle({ lengthRatio: 2.2, widthRatio: 2.2 }),
      extremityDiamond({ lengthRatio: 2.6, widthRatio: 2.2 }),
      extremityBar({ lengthRatio: 0.8, widthRatio: 3.5 }),
    ],
    variables: {
      base: { type: "color", default: CLEAR },
      curvature: { type: "number", default: 0 },
      dash: { type: "number", default: 0 },
      gap: { type: "number", default: 0 },
    },
    layers: [
      layerPlain({ color: { attribute: "base" } }),
      layerDashed({
        dashSize: { attribute: "dash", default: 0, mode: "pixels" },
        gapSize: { attribute: "gap", default: 0, mode: "pixels" },
        gapColor: CLEAR,
        solidExtremities: true,
      }),
    ],
  },
});
