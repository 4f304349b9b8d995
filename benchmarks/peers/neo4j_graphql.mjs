// @neo4j/graphql on Apollo Server, over the graph that Wattgraph wrote into Neo4j: node neo4j_graphql.mjs BOLT_URI PORT
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { Neo4jGraphQL } from "@neo4j/graphql";
import neo4j from "neo4j-driver";

// Of a contract as a node it reads the property that has an index.
const typeDefs = `#graphql
  type Organization @node {
    key: String!
    name: String!
    kinds: [String!]
    country: String
    ticker: String
    provides: [Organization!]! @relationship(type: "PROVIDES_CAPACITY", direction: OUT, properties: "Contract")
    statements: [Statement!]! @relationship(type: "ABOUT", direction: IN)
  }
  type Contract @relationshipProperties {
    key: String
    mw_critical_it: Float
    value_usd: Float
    announced: String
  }
  type Link @node {
    key: String!
    value_usd: Float @alias(property: "stated_value_usd")
    source: [Organization!]! @relationship(type: "FROM", direction: OUT)
    target: [Organization!]! @relationship(type: "TO", direction: OUT)
  }
  type Statement @node {
    key: String!
    property: String
    known_from: String
  }
`;

const [uri, port] = process.argv.slice(2);
const driver = neo4j.driver(uri, neo4j.auth.basic("", ""));
const features = { filters: { String: { LTE: true } } };
const schema = await new Neo4jGraphQL({ typeDefs, driver, features }).getSchema();
const server = new ApolloServer({ schema, introspection: false });
await startStandaloneServer(server, { listen: { port: Number(port), host: "127.0.0.1" } });
