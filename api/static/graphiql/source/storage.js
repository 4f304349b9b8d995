// What GraphiQL keeps in this browser: tabs and history without the headers typed into them, for those hold tokens.
// `shouldPersistHeaders` alone is not enough: the history writes headers whatever it says.

const WITH_HEADERS = ["graphiql:tabState", "graphiql:queries", "graphiql:favorites"];
const HEADERS = ["graphiql:headers", "graphiql:shouldPersistHeaders"];

const withoutHeaders = (text) =>
  JSON.stringify(JSON.parse(text), (name, value) => (name === "headers" || name === "hash" ? null : value));

const keys = () => Object.keys(localStorage).filter((name) => name.startsWith("graphiql:"));

export const storage = {
  get length() {
    return keys().length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem(name, text) {
    if (HEADERS.includes(name)) return;
    localStorage.setItem(name, WITH_HEADERS.includes(name) ? withoutHeaders(text) : text);
  },
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => keys().forEach((name) => localStorage.removeItem(name)),
};
