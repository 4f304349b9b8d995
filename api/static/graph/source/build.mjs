// Writes graph.js, LICENSES.txt and their SHA256SUMS into the folder given: `node build.mjs FOLDER`.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];

// sigma makes a field of distances for each letter of each weight before its first frame, at 64 px: half of that is twice the
// size in which names stand on the page, and a fourth of the work.
const LETTERS = [/fontSize: 64,\s+buffer: 8,/, "fontSize: 32, buffer: 4,"];
let lettersMended = 0;
const smallerLetters = {
  name: "smaller letters",
  setup: ({ onLoad }) =>
    onLoad({ filter: /sigma\/dist\/factory-\w+\.esm\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      lettersMended += LETTERS[0].test(text) ? 1 : 0;
      return { contents: text.replace(...LETTERS), loader: "js" };
    }),
};

const { metafile } = await build({
  entryPoints: { graph: "main.js" },
  outdir: folder,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none", // they stand in LICENSES.txt, whole
  metafile: true,
  logLevel: "warning",
  plugins: [smallerLetters],
});
if (lettersMended !== 1) throw new Error("sigma sets the size of its letters elsewhere: see smallerLetters");

const shipped = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)
);
const packages = new Set(shipped.map((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+\//)?.[0]).filter(Boolean));
writeFileSync(join(folder, "LICENSES.txt"), licenses([...packages].sort()));

const sums = ["graph.js", "LICENSES.txt"].map((name) => `${sha256(join(folder, name))}  ${name}\n`);
writeFileSync(join(folder, "SHA256SUMS"), sums.join(""));

function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

// Packages with one and the same text stand above it together.
function licenses(paths) {
  const packagesOf = new Map();
  for (const path of paths) {
    const about = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
    const text = textOf(path) ?? `No text is shipped with it; it declares: ${about.license}.`;
    packagesOf.set(text, [...(packagesOf.get(text) ?? []), `==== ${about.name} ${about.version} (${about.license})`]);
  }
  return [...packagesOf].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join("\n");
}

function textOf(path) {
  const file = readdirSync(path).find((name) => /^(licen[cs]e|copying)(-mit)?(\.(md|txt))?$/i.test(name));
  return file && readFileSync(join(path, file), "utf8").replace(/\r\n/g, "\n").trim();
}
