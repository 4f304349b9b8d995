// What falls due when
// How much principal of which debts falls due in each year?
// Look at years with several issuers: they refinance side by side. Debts that state no amount in US dollars are counted beside.
MATCH (debt:Debt)-[:ISSUED_BY]->(issuer:Organization)
WHERE debt.issued_earliest IS NOT NULL AND debt.maturity_earliest IS NOT NULL
  AND NOT coalesce(debt.status, '') IN ['EXPIRED', 'LAPSED', 'SUPERSEDED', 'TERMINATED', 'REJECTED']
WITH left(debt.maturity_earliest, 4) AS year, issuer, debt
RETURN year, CASE WHEN count(debt.value_usd) > 0 THEN sum(debt.value_usd) END AS principal_usd,
       count(*) - count(debt.value_usd) AS without_amount,
       collect(DISTINCT issuer.name) AS issuers, collect(debt.name) AS debts
ORDER BY year
