// The largest firm contracts, each basis in a column of its own
// How many megawatts does each contract have, and of which basis?
// Look at the columns: critical IT, gross and unstated megawatts are never added. A contract that serves another (`uses`) stands here beside it, so do not sum the rows.
MATCH (provider:Organization)-[contract:PROVIDES_CAPACITY {firm: true}]->(customer:Organization)
WHERE contract.mw_critical_it IS NOT NULL OR contract.mw_gross IS NOT NULL OR contract.mw_unstated IS NOT NULL
RETURN provider.name AS provider, customer.name AS customer, contract.mw_critical_it AS critical_it_mw,
       contract.mw_gross AS gross_mw, contract.mw_unstated AS unstated_mw, contract.value_usd AS value_usd, contract.key AS key
ORDER BY coalesce(contract.mw_critical_it, contract.mw_gross, contract.mw_unstated) DESC
LIMIT 40
