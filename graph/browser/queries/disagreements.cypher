// Where sources disagree
// About which properties of contracts do sources say different things, with no later moment to settle it?
// Look at both values and their publishers; `chosen` is what the graph shows.
MATCH (link:Link {disputed: true})<-[:ABOUT]-(statement:Statement {counted: true})-[:CITES]->(source:Source)
WITH link, statement.property AS property, collect({says: statement.name, chosen: statement.chosen, by: source.publisher}) AS said
WHERE any(one IN said WHERE NOT one.chosen)
RETURN link.name AS link, property, [one IN said WHERE one.chosen | one.says + ' (' + one.by + ')'] AS chosen,
       [one IN said WHERE NOT one.chosen | one.says + ' (' + one.by + ')'] AS others, link.key AS key
ORDER BY link, property
