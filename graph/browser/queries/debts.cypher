// Debts and the leases that carry them
// Which debts are secured by which contracts?
// Look at debts that several leases carry, and at leases behind several debts.
MATCH path = (:Organization)<-[:ISSUED_BY]-(debt:Debt)-[:SECURED_BY]->(:Link)-[:TO]->(:Organization)
RETURN path
