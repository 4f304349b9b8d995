// Who hosts whom
// Who provides capacity to whom under firm contracts of 150 MW critical IT or more?
// Look at who stands in the middle: arrows lead from the provider to its customer. Contracts whose megawatts are of another basis, or not stated, are missing here.
MATCH path = (:Organization)-[contract:PROVIDES_CAPACITY]->(:Organization)
WHERE contract.mw_critical_it >= 150
RETURN path
