// @urql/core as it comes: pages through a list by cursors, asks with a variable, and meets an error.
import { Client, fetchExchange, gql } from '@urql/core';
import { LINK, PAGE, UNKNOWN, pages } from './documents.mjs';

const client = new Client({ url: process.argv[2], exchanges: [fetchExchange] });
const ask = async (document, variables) => {
  const { data, error } = await client.query(gql(document), variables).toPromise();
  if (error) throw error;
  return data;
};

const refused = await client.query(gql(UNKNOWN), {}).toPromise();
console.log(
  JSON.stringify({
    link: (await ask(LINK, { key: process.argv[3] })).link,
    pages: await pages(ask, PAGE),
    codes: refused.error.graphQLErrors.map((error) => error.extensions.code),
  }),
);
