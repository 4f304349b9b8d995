// Writes graphiql.js, graphiql.css, LICENSES.txt and their SHA256SUMS into the folder given: `node build.mjs FOLDER`.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2];

// GraphiQL carries 350 kB of fonts as data: URLs, which the policy of the page does not take; page.css names the system's.
const withoutFonts = {
  name: "without-fonts",
  setup(build) {
    build.onLoad({ filter: /graphiql\/dist\/style\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const { metafile } = await build({
  entryPoints: { graphiql: "main.jsx" },
  outdir: folder,
  bundle: true,
  minify: true,
  keepNames: true, // the titles of icons are made of the names of their components
  format: "iife",
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  legalComments: "none", // they stand in LICENSES.txt, whole
  alias: { "react-style-singleton": "./style-singleton.js" },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [withoutFonts],
  metafile: true,
  logLevel: "warning",
});

const shipped = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)
);
const packages = new Set(shipped.map((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+\//)?.[0]).filter(Boolean));
writeFileSync(join(folder, "LICENSES.txt"), licenses([...packages].sort()));

const sums = ["graphiql.js", "graphiql.css", "LICENSES.txt"].map((name) => `${sha256(join(folder, name))}  ${name}\n`);
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
