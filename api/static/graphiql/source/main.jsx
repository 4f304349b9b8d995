// GraphiQL over the API beside this page, with the examples in its tabs.
import { GraphiQL } from "graphiql";
import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./page.css";
import { storage } from "./storage.js";

const API = new URL("graphql", document.baseURI);

async function fetcher(request, { headers = {} } = {}) {
  const operation = operationOf(request);
  const asked = operation ? { ...request, operationName: operation.name?.value } : request;
  return operation?.operation === "subscription" ? subscribe(asked, headers) : post(asked, headers);
}

// GraphiQL takes note of an edit or another tab a tenth of a second late. Who is quicker would ask for an operation that
// the document no longer has. What cannot be read, or has several operations, is left to the API to judge.
function operationOf({ query, operationName }) {
  try {
    const document = parse(query);
    return getOperationAST(document, operationName) ?? getOperationAST(document);
  } catch {
    return null;
  }
}

async function post(request, typed) {
  const headers = new Headers({
    Accept: "application/graphql-response+json, application/json",
    "Content-Type": "application/json",
  });
  for (const [name, value] of Object.entries(typed)) headers.set(name, value);
  const response = await fetch(API, { method: "POST", headers, body: JSON.stringify(request), redirect: "error" });
  const media = response.headers.get("Content-Type") ?? "";
  if (!/^application\/(graphql-response\+)?json\b/.test(media)) {
    throw new Error(`${API.pathname} answered ${response.status} ${response.statusText}`);
  }
  return response.json();
}

// A browser's WebSocket sends no headers of ours: what is typed goes into the first message, never into the address.
function subscribe(request, typed) {
  const url = new URL(API);
  url.protocol = url.protocol.replace("http", "ws");
  return createClient({ url: url.href, connectionParams: typed, retryAttempts: 0 }).iterate(request);
}

async function examples() {
  const response = await fetch("graphiql/examples.json");
  return (await response.json()).map(({ query }) => ({ query }));
}

function Page({ tabs }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={tabs}
      defaultQuery={"# Ctrl+Space completes, Ctrl+Enter runs.\n"}
      inputValueDeprecation
      schemaDescription
      shouldPersistHeaders={false}
      storage={storage}
    >
      <GraphiQL.Logo>
        <a href="." title="Wattgraph: the first page">
          Wattgraph
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const place = document.getElementById("graphiql");
examples().then(
  (tabs) => createRoot(place).render(<Page tabs={tabs} />),
  (problem) => (place.textContent = `The examples cannot be read: ${problem.message}. Load the page again.`)
);
