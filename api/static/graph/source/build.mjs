// Writes graph.js, LICENSES.txt and their SHA256SUMS into the folder given: `node build.mjs FOLDER`.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];

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
});

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
