// What is no longer in force
// Which contracts have ended, and which have taken their place?
// Look at the dates: a lapsed contract keeps its evidence, and its megawatts stand in columns of their own.
MATCH (provider)<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY'})-[:TO]->(customer)
OPTIONAL MATCH (later:Link)-[:REPLACES]->(contract)
WITH provider, contract, customer, later WHERE contract:CommitmentLapsed OR (later.firm AND NOT contract.firm)
RETURN provider.name AS provider, customer.name AS customer, contract.caption AS contract, contract.status AS status,
       contract.effective_to AS ended, collect(later.name) AS replaced_by, contract.key AS key
ORDER BY provider, customer
