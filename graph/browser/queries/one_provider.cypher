// Single points of failure
// Whose firm capacity comes from one provider alone?
// Look for a provider with several customers around it that have no other arrow: if it fails, they have none.
MATCH (provider:Organization)-[contract:PROVIDES_CAPACITY]->(customer:Organization)
WHERE contract.firm
WITH customer, collect(DISTINCT provider) AS providers
WHERE size(providers) = 1
WITH providers[0] AS provider, collect(customer) AS customers
WHERE size(customers) > 1
UNWIND customers AS customer
MATCH path = (provider)-[contract:PROVIDES_CAPACITY]->(customer) WHERE contract.firm
RETURN path
