// Betweenness over pairs
// Who lies on the shortest ways between others, whatever flows?
// Look at the least key first in a pair: so each pair is one edge, however many arrows there are and whichever way they point. Needs Graph Data Science.
MATCH (a:Organization)-[link]-(b:Organization)
WHERE link.firm AND a.key < b.key
WITH DISTINCT a, b
WITH gds.graph.project('wattgraph-pairs', a, b, {}, {undirectedRelationshipTypes: ['*']}) AS graph
CALL gds.betweenness.stream(graph.graphName) YIELD nodeId, score
WITH graph, collect({node: gds.util.asNode(nodeId), score: score}) AS rows
CALL gds.graph.drop(graph.graphName) YIELD graphName
UNWIND rows AS row
RETURN row.node.name AS organization, round(row.score, 1) AS betweenness
ORDER BY betweenness DESC, organization
LIMIT 25
