// Without WebGL the page stays what it is without scripts: the picture is the SVG of the server, and the form asks for others.
import { start } from "./page.js";

if (document.createElement("canvas").getContext("webgl2")) start();
