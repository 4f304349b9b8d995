// PageRank by firm megawatts
// Who is central if arrows count by their firm critical IT megawatts?
// Look at two things that a right projection needs: `coalesce`, since a null weight becomes NaN and spreads without an error, and `sum` over a pair, since parallel arrows count twice. Needs Graph Data Science.
MATCH (provider:Organization)-[contract:PROVIDES_CAPACITY {firm: true}]->(customer:Organization)
WITH provider, customer, sum(coalesce(contract.mw_critical_it, 0.0)) AS mw
WHERE mw > 0
WITH gds.graph.project('wattgraph-megawatts', provider, customer, {relationshipProperties: {mw: mw}}) AS graph
CALL gds.pageRank.stream(graph.graphName, {relationshipWeightProperty: 'mw'}) YIELD nodeId, score
WITH graph, collect({name: gds.util.asNode(nodeId).name, score: score}) AS rows
CALL gds.graph.drop(graph.graphName) YIELD graphName
UNWIND rows AS row
RETURN row.name AS organization, round(row.score, 3) AS pagerank
ORDER BY pagerank DESC, organization
LIMIT 25
