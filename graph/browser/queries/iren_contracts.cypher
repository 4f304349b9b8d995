// Contracts as circles
// Which sites, chips and deals belong to the contracts of IREN?
// Look at the dark circles: firm contracts, larger with more megawatts. Options are magenta, conditional ones rust, what has lapsed is grey.
MATCH path = (:Organization {key: 'iren'})<-[:FROM]-(contract:Link {type: 'PROVIDES_CAPACITY'})-[:TO|AT|WITH_CHIP|PART_OF]->()
RETURN path
