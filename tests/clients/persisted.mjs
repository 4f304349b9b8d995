// Stock clients with automatic persisted queries, as their documentation sets them up, by POST and by GET. Each asks
// twice, the second time as a new client that has nothing cached. Prints what each got, and the requests it sent.
import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import * as apollo3 from 'apollo-client-3/core/index.js';
import { createPersistedQueryLink } from 'apollo-client-3/link/persisted-queries/index.js';

const [uri, key] = process.argv.slice(2);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// Every client has a document of its own, which nobody has sent before.
const documentOf = (name) => gql(`query ${name}($key: String!) { link(key: $key) { key type termYears } }`);

const recorded = (requests) => async (address, options) => {
  const response = await fetch(address, options);
  const sent = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(address).searchParams);
  requests.push({ method: options.method ?? 'GET', hasQuery: 'query' in sent, status: response.status });
  return response;
};

const CLIENTS = {
  apollo3: (document, get, fetch) => {
    const persisted = createPersistedQueryLink({ sha256, useGETForHashedQueries: get });
    const link = persisted.concat(new apollo3.HttpLink({ uri, fetch }));
    const client = new apollo3.ApolloClient({ link, cache: new apollo3.InMemoryCache() });
    return client.query({ query: document, variables: { key } });
  },
  apollo4: (document, get, fetch) => {
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: get });
    const link = persisted.concat(new HttpLink({ uri, fetch }));
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    return client.query({ query: document, variables: { key } });
  },
  urql: (document, get, fetch) => {
    const persisted = persistedExchange({ preferGetForPersistedQueries: get ? 'force' : false });
    return new Client({ url: uri, fetch, exchanges: [persisted, fetchExchange] }).query(document, { key }).toPromise();
  },
};

const results = [];
for (const [name, ask] of Object.entries(CLIENTS)) {
  for (const get of [false, true]) {
    const document = documentOf(`${name}_${get ? 'get' : 'post'}`);
    const result = { client: name, get, links: [], requests: [] };
    for (const _ of [1, 2]) {
      const { data, error } = await ask(document, get, recorded(result.requests));
      if (error) throw error;
      const { key: found, type, termYears } = data.link;
      result.links.push({ key: found, type, termYears });
    }
    results.push(result);
  }
}
console.log(JSON.stringify(results));
process.exit(0);
