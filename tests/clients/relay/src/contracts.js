// A page of contracts as an application with Relay has it: a fragment on a node, a page of a connection that can be asked
// for more, and a query that has both.
import { graphql } from 'relay-runtime';

export const party = graphql`
  fragment contracts_party on Entity {
    id
    name
    ... on Organization {
      country
    }
  }
`;

export const contracts = graphql`
  fragment contracts_list on Organization
  @refetchable(queryName: "contractsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    links(where: { type: { eq: PROVIDES_CAPACITY } }, first: $count, after: $cursor)
      @connection(key: "contracts_links", filters: ["where"]) {
      totalCount
      edges {
        node {
          key
          type
          announced
          target {
            ...contracts_party
          }
        }
      }
    }
  }
`;

export const query = graphql`
  query contractsQuery($key: String!) {
    organization(key: $key) {
      ...contracts_party
      ...contracts_list
    }
  }
`;
