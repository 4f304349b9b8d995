// What backstops cover
// Up to which amount does each guarantor pay, against which value of the lease?
// Look at the two columns of dollars: a guarantee up to its cap is neither debt nor a part of the rent, so it is added to neither.
MATCH (guarantor)<-[:FROM]-(guarantee:Link {type: 'GUARANTEES', in_force: true})-[:TO]->(beneficiary)
OPTIONAL MATCH (guarantee)-[:FOR_OBLIGOR]->(obligor)
OPTIONAL MATCH (guarantee)-[:GUARANTEES_LINK]->(lease:Link)
RETURN guarantor.name AS guarantor, beneficiary.name AS beneficiary, obligor.name AS obligor, guarantee.caption AS guarantee,
       guarantee.stated_value_usd AS cap_usd, lease.name AS lease, lease.stated_value_usd AS lease_value_usd
ORDER BY guarantor, beneficiary
