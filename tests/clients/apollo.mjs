// @apollo/client as it comes, with its cache: pages through a list by cursors, asks with a variable, and meets an error.
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { LINK, PAGE, UNKNOWN, pages } from './documents.mjs';

const client = new ApolloClient({ link: new HttpLink({ uri: process.argv[2] }), cache: new InMemoryCache() });
const ask = async (document, variables) => (await client.query({ query: gql(document), variables })).data;

let codes = [];
try {
  await ask(UNKNOWN, {});
} catch (error) {
  if (!CombinedGraphQLErrors.is(error)) throw error;
  codes = error.errors.map((one) => one.extensions.code);
}
const { __typename, ...link } = (await ask(LINK, { key: process.argv[3] })).link;
console.log(JSON.stringify({ link, pages: await pages(ask, PAGE), codes }));
client.stop();
