// Where an arrow comes from
// Which statements and sources stand behind the value of one contract?
// Look at the pale circles: statements about the contract lead to the sources that they cite, and those to the documents by which they were read. For another arrow, click it and put its `key` here.
MATCH ends = (contract:Link {key: 'iren-microsoft-cloud'})-[:FROM|TO]->()
MATCH evidence = (contract)<-[:ABOUT]-(:Statement {property: 'value'})-[:CITES]->(source:Source)
OPTIONAL MATCH through = (source)-[:READ_THROUGH]->(:Source)
RETURN ends, evidence, through
