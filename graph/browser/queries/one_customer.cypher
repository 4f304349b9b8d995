// Hosts that hang on one customer
// For whom does one customer have four fifths or more of the firm critical IT megawatts?
// Look at the share, and at the column beside it: it counts the contracts that state no critical IT megawatts and might change it.
MATCH (host:Organization)<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY', firm: true})-[:TO]->(customer:Organization)
WHERE NOT EXISTS { (contract)<-[:COVERS]-(:Link {firm: true})-[:FROM]->(host) }
WITH host, customer, sum(coalesce(contract.mw_critical_it, 0.0)) AS mw,
     count(CASE WHEN contract.mw_critical_it IS NULL THEN 1 END) AS unstated
ORDER BY mw DESC
WITH host, sum(mw) AS total, sum(unstated) AS contracts_without, collect({name: customer.name, mw: mw}) AS customers
WHERE total > 0 AND customers[0].mw / total >= 0.8
RETURN host.name AS host, customers[0].name AS customer, round(customers[0].mw / total, 2) AS share, total AS critical_it_mw,
       size(customers) AS customers, contracts_without
ORDER BY critical_it_mw DESC
