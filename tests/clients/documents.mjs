// What every client of node is made to ask.
export const LINK = 'query Contract($key: String!) { link(key: $key) { key type termYears } }';

export const PAGE = `query Page($after: String) {
  organizations(first: 4, after: $after, orderBy: [{name: ASC}]) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { id key } }
  }
}`;

export const UNKNOWN = '{ organizations(first: 0) { totalCount } }';

// The keys of three pages, each begun where the one before ended.
export const pages = async (ask, document) => {
  const found = [];
  let after = null;
  for (let page = 0; page < 3; page += 1) {
    const { organizations } = await ask(document, { after });
    found.push(organizations.edges.map((edge) => edge.node.key));
    if (!organizations.pageInfo.hasNextPage) break;
    after = organizations.pageInfo.endCursor;
  }
  return found;
};
