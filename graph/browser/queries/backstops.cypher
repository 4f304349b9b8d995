// Backstops
// Who stands behind whose rent, and behind which leases?
// Look at the guarantors on the outside: each guarantee is a circle between the guarantor, the landlord, the tenant (for obligor) and the lease.
MATCH path = ()<-[:FROM|TO|FOR_OBLIGOR]-(guarantee:Link {type: 'GUARANTEES', firm: true})-[:GUARANTEES_LINK]->(:Link)
RETURN path
