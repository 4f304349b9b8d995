// Capacity that runs on chips of Nvidia
// Which firm contracts name a chip that Nvidia makes?
// Look at the providers that stand here often: their capacity hangs on one maker. A contract that names no chip is missing, whatever it runs on.
MATCH (:Organization {key: 'nvidia'})-[:MAKES]->(chip:Chip)<-[:WITH_CHIP]-(contract:Link {type: 'PROVIDES_CAPACITY', firm: true})
MATCH (provider)<-[:FROM]-(contract)-[:TO]->(customer)
RETURN provider.name AS provider, customer.name AS customer, collect(chip.name) AS chips,
       contract.mw_critical_it AS critical_it_mw, contract.value_usd AS value_usd, contract.key AS key
ORDER BY provider, customer
