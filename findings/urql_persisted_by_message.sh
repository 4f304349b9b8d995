#!/usr/bin/env bash
# urql's persistedExchange 5.0.1 knows a miss of a persisted query by the error's message alone, not by its code.
#
# The protocol of Apollo has a message, `PersistedQueryNotFound`, and a code, `PERSISTED_QUERY_NOT_FOUND`. Apollo's own
# link takes either. urql compares the whole message: a service that says the same with a remedy behind it, or another
# wording with the right code, is never sent the text, and the client's query ends with that error.
#
# What helps: answer with exactly this message, whatever other errors of the service look like.
#
# Seen on 2026-11-30, Node.js 20, @urql/core 6.0.3:
#   message alone: 2 requests, data; message with a remedy, right code: 1 request, error
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @urql/core@6.0.3 @urql/exchange-persisted@5.0.1 graphql@16.15.0
cat > persisted.mjs <<'JAVASCRIPT'
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

async function ask(message) {
  let requests = 0;
  const fetch = async (_, options) => {
    requests += 1;
    const known = JSON.parse(options.body).query;
    const miss = { errors: [{ message, extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }] };
    const answer = known ? { data: { a: 1 } } : miss;
    return new Response(JSON.stringify(answer), { headers: { "content-type": "application/json" } });
  };
  const client = new Client({
    url: "http://127.0.0.1/graphql",
    exchanges: [persistedExchange({ preferGetForPersistedQueries: false }), fetchExchange],
    fetch,
  });
  const result = await client.query("{ a }", {}).toPromise();
  return `${requests} request${requests === 1 ? "" : "s"}, ${result.error ? "error" : "data"}`;
}

const exact = await ask("PersistedQueryNotFound");
const worded = await ask("PersistedQueryNotFound. Send the text with the hash.");
console.log(`message alone: ${exact}; message with a remedy, right code: ${worded}`);
JAVASCRIPT
seen=$(node persisted.mjs)
echo "$seen"
[ "$seen" = "message alone: 2 requests, data; message with a remedy, right code: 1 request, error" ]
