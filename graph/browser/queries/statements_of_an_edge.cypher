// Who says what of it
// What does each source say of each property, which statement was chosen, and why?
// Look at rows where `chosen` is false: `reason` says why another statement was taken.
MATCH (contract:Link {key: 'iren-microsoft-cloud'})<-[:ABOUT]-(statement:Statement)-[:CITES]->(source:Source)
RETURN statement.property AS property, statement.name AS says, statement.chosen AS chosen, statement.reason AS reason,
       source.publisher AS publisher, source.published AS published, source.kind AS kind, source.read AS read, source.url AS url
ORDER BY property, chosen DESC, published DESC
