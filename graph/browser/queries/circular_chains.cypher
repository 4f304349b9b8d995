// Circular money over a third party
// Whose money comes back through a provider that buys from the investor?
// Look at the amounts of each leg, and at how firm it is: they are of different agreements and years, and have no sum. All are in force today.
MATCH (investor:Organization)-[stake:INVESTS_IN]->(company:Organization)<-[capacity:PROVIDES_CAPACITY]-(provider:Organization)<-[supply:SUPPLIES]-(investor)
WHERE stake.in_force AND capacity.in_force AND supply.in_force
RETURN investor.name AS investor, company.name AS invests_in, provider.name AS hosted_by,
       collect(DISTINCT stake.caption) AS stakes, collect(DISTINCT capacity.caption) AS capacity,
       collect(DISTINCT supply.caption) AS bought_from_investor
ORDER BY investor, invests_in, hosted_by
